package io.ilion.conformance.cql;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the cases of one fixture, in order, over connections of its own. */
public final class Session implements AutoCloseable {
  private static final int MAX_PAGES = 10_000;

  private final InetSocketAddress address;
  private final String keyspace;
  private final Map<Integer, WireClient> clients = new HashMap<>();
  private final Map<String, Map<Integer, Answer.Prepared>> prepared = new HashMap<>();
  private boolean keyspaceExists;

  /** A session of a server with a keyspace, not yet opened. */
  public Session(InetSocketAddress address, String keyspace) {
    this.address = address;
    this.keyspace = keyspace;
  }

  /** Makes the keyspace of the fixture anew, after dropping what an earlier run left. */
  public void open() throws IOException {
    dropKeyspaces();
    run(
        "CREATE KEYSPACE "
            + keyspace
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    run("USE " + keyspace);
    keyspaceExists = true;
  }

  /** Uses the keyspace that an earlier session has left. */
  public void resume() {
    keyspaceExists = true;
  }

  /** Drops the keyspace of the fixture and every other whose name begins with it. */
  public void dropKeyspaces() throws IOException {
    List<String> rows = run("SELECT keyspace_name FROM system_schema.keyspaces");
    for (String row : rows) {
      String prefix = "- '" + keyspace;
      if (row.equals(prefix + "'") || row.startsWith(prefix + "_x")) {
        run("DROP KEYSPACE \"" + row.substring(3, row.length() - 1) + '"');
      }
    }
  }

  /** Runs a statement that must not fail and returns the lines of its answer. */
  List<String> run(String statement) throws IOException {
    Request request = new Request(5);
    WireClient client = client(5);
    byte[] body = request.query(statement);
    List<String> lines = Answer.read(client.request(WireClient.QUERY, body), 5, Set.of()).lines();
    if (lines.getFirst().startsWith("error")) {
      throw new IOException(statement + ": " + lines);
    }
    return lines;
  }

  /** Runs one case and returns the lines of its answer. */
  public List<String> run(Fixture.Case one) throws IOException {
    int version = 5;
    for (Fixture.Directive directive : one.directives()) {
      version = directive.name().equals("protocol") ? number(directive) : version;
    }
    try {
      return run(one, version);
    } catch (IOException e) {
      WireClient broken = clients.remove(version);
      if (broken != null) {
        broken.close();
      }
      return List.of("connection: " + e.getMessage());
    }
  }

  private List<String> run(Fixture.Case one, int version) throws IOException {
    Request request = new Request(version);
    Set<String> masked = Set.of();
    String prepare = null;
    String execute = null;
    String batch = null;
    List<String> replaced = new ArrayList<>();
    for (Fixture.Directive directive : one.directives()) {
      String argument = directive.argument();
      switch (directive.name()) {
        case "prepare" -> prepare = argument;
        case "execute" -> execute = argument;
        case "batch" -> batch = argument;
        case "mask" -> masked = Set.of(argument.split(" "));
        case "hide" -> replaced.add(argument);
        case "protocol" -> {}
        default -> request.set(directive.name(), argument);
      }
    }
    List<String> lines = new ArrayList<>();
    Answer answer;
    int pages = 0;
    do {
      if (pages++ > 0) {
        lines.add("next page");
      }
      int opcode;
      byte[] body;
      if (prepare != null) {
        opcode = WireClient.PREPARE;
        body = request.prepare(one.statement());
      } else if (execute != null) {
        opcode = WireClient.EXECUTE;
        body = request.execute(statement(execute, version), one.statementLines());
      } else if (batch != null) {
        opcode = WireClient.BATCH;
        body = request.batch(batch, one.statementLines(), name -> statement(name, version));
      } else {
        opcode = WireClient.QUERY;
        body = request.query(one.statement());
      }
      answer = Answer.read(client(version).request(opcode, body), version, masked);
      lines.addAll(answer.lines());
      answer.warnings().forEach(text -> lines.add(warning(text)));
      request.continueAt(answer.pagingState());
    } while (answer.pagingState() != null && request.paged() && pages < MAX_PAGES);
    if (answer.prepared() != null) {
      prepared.computeIfAbsent(prepare, name -> new HashMap<>()).put(version, answer.prepared());
    }
    for (String pattern : replaced) {
      lines.replaceAll(line -> line.replaceAll(pattern, "<hidden>"));
    }
    return lines;
  }

  /** A warning; the id of a prepared statement, which is a server's own choice, is not shown. */
  private static String warning(String text) {
    String shown = text.replaceAll("(statement id: )[0-9a-f]+", "$1<hidden>");
    return "warning " + ValueText.escape(shown);
  }

  private Answer.Prepared statement(String name, int version) {
    Answer.Prepared found = prepared.getOrDefault(name, Map.of()).get(version);
    if (found == null) {
      throw new IllegalStateException("no statement was prepared as " + name);
    }
    return found;
  }

  private static int number(Fixture.Directive directive) {
    return Integer.parseInt(directive.argument());
  }

  private WireClient client(int version) throws IOException {
    WireClient client = clients.get(version);
    if (client == null) {
      client = WireClient.connect(address, version);
      clients.put(version, client);
      if (keyspaceExists) {
        client.request(WireClient.QUERY, new Request(version).query("USE " + keyspace));
      }
    }
    return client;
  }

  @Override
  public void close() throws IOException {
    for (WireClient client : clients.values()) {
      client.close();
    }
  }
}

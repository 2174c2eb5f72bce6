package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ilion.model.Consistency;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * EXPLAIN, by scripts. A script has blocks: statements, one in a line, maybe with {@code @ LEVEL}
 * and the size of a page behind them; behind {@code ----} stand the rows of the last one, each of
 * them the step, indented below the one that it is a part of, its detail, and what figures it has.
 * A time is shown as "some", but one of a replica as it is if it is 0. {@code flush} writes
 * memtables to files; {@code repeat 3} executes a statement, or several with {@code ;} between
 * them, with 0, 1 and 2 in place of {@code #}. {@code lose} has the network lose what the node
 * sends to another one, {@code slow} lets it take a second, {@code mend} ends that, and {@code wait
 * 2} waits two seconds. With {@code -Dilion.record=true} what is found is written down.
 */
class ExplainTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimulatedWorld world = new SimulatedWorld(1);

  @Test
  void oneNode() throws IOException {
    SimulatedCore core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    run(core, "explain-one.txt");
  }

  @Test
  void threeNodes() throws IOException {
    List<SimulatedCore> cores = new ArrayList<>();
    List<SimulatedNode> machines = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      SimulatedNode machine = world.addNode(address("127.0.0." + i));
      machines.add(machine);
      cores.add(
          new SimulatedCore(
              machine,
              SimulatedCore.config()
                  .with(Settings.ADDRESS, machine.address().host())
                  .with(Settings.BROADCAST_ADDRESS, machine.address().host())
                  .with(Settings.BROADCAST_RPC_ADDRESS, machine.address().host())
                  .with(Settings.SEEDS, List.of("127.0.0.1"))));
    }
    for (SimulatedCore core : cores) {
      world.await(core.started());
    }
    // Whom a node asks first then follows from the ring and from the script alone.
    for (SimulatedNode machine : machines) {
      machine.setSteady();
      machines.forEach(other -> mend(machine.address(), other.address()));
    }
    run(cores.get(0), "explain-three.txt");
  }

  @Test
  void aPreparedStatementIsExplainedWithItsValues() throws IOException {
    SimulatedCore core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    String create = "CREATE KEYSPACE k WITH replication = ";
    answer(core, create + "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    answer(core, "CREATE TABLE k.t (k int PRIMARY KEY, v int)");
    String cql = "EXPLAIN SELECT v FROM k.t WHERE k = ?";
    Result.Prepared prepared =
        (Result.Prepared) world.await(core.ask(new Request.Prepare(cql, null)));
    assertThat(prepared.partitionKeyIndexes()).containsExactly(0);
    assertThat(prepared.columns().columns().get(2).name()).isEqualTo("step");
    QueryParameters parameters =
        QueryParameters.of(Consistency.ONE, BoundValues.of(List.of(new byte[] {0, 0, 1, 0})));
    Response response =
        world.await(core.ask(new Request.Execute(prepared.id(), null, parameters.withMetadata())));
    assertThat(text((Result.Rows) response)).contains("  one partition: k = 256\n");
  }

  private void run(SimulatedCore core, String name) throws IOException {
    String script;
    try (InputStream in = getClass().getResourceAsStream(name)) {
      script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    StringBuilder found = new StringBuilder();
    String answer = "";
    boolean expected = false;
    for (String line : script.lines().toList()) {
      if (line.isEmpty()) {
        expected = false;
      }
      if (!expected) {
        found.append(line).append('\n');
      }
      if (line.equals("----")) {
        found.append(answer);
        expected = true;
      } else if (!expected && !line.isEmpty() && !line.startsWith("#")) {
        answer = answer(core, line);
      }
    }
    if (Boolean.getBoolean("ilion.record")) {
      Files.writeString(Path.of("src/test/resources/io/ilion/server", name), found);
    }
    assertThat(found.toString()).isEqualTo(script);
  }

  private static NodeAddress address(String host) {
    return new NodeAddress(host, 7000);
  }

  private static LinkFaults taking(long nanos) {
    return new LinkFaults(nanos, nanos, 0, 0, 0, true);
  }

  /** Each link takes its own time, and all so little that none counts as slower than another. */
  private void mend(NodeAddress from, NodeAddress to) {
    int hosts = from.host().charAt(8) + to.host().charAt(8) - 2 * '0';
    world.network().setFaults(from, to, taking(hosts * 3_000L));
  }

  private String answer(SimulatedCore core, String line) {
    if (line.equals("flush")) {
      world.await(core.core().operations().run("flush", Map.of("keyspace", "k")));
      return "";
    }
    if (line.matches("(lose|slow|mend) \\S+")) {
      String[] words = line.split(" ");
      NodeAddress from = address("127.0.0.1");
      NodeAddress to = address(words[1]);
      switch (words[0]) {
        case "lose" -> world.network().setFaults(from, to, new LinkFaults(0, 1, 1, 0, 0, true));
        case "slow" -> world.network().setFaults(from, to, taking(SECOND));
        default -> mend(from, to);
      }
      return "";
    }
    if (line.startsWith("wait ")) {
      world.run(Integer.parseInt(line.substring(5)) * SECOND);
      return "";
    }
    if (line.startsWith("repeat ")) {
      String[] words = line.split(" ", 3);
      for (int i = 0; i < Integer.parseInt(words[1]); i++) {
        for (String statement : words[2].replace("#", Integer.toString(i)).split(" ; ")) {
          answer(core, statement);
        }
      }
      return "";
    }
    String[] parts = line.split(" @ ");
    String[] options = parts.length == 1 ? new String[] {"ONE"} : parts[1].split(" ");
    QueryParameters parameters = QueryParameters.of(Consistency.valueOf(options[0])).withMetadata();
    if (options.length > 1) {
      parameters = parameters.withPaging(Integer.parseInt(options[1]), null);
    }
    Response response = world.await(core.ask(parts[0], parameters));
    return switch (response) {
      case Result.Rows rows -> stable(text(rows));
      case Response.Error error ->
          parts[0].startsWith("EXPLAIN") ? error.message() + "\n" : fail(line + ": " + error);
      default -> "";
    };
  }

  private static String text(Result.Rows result) {
    List<ColumnSpec> columns = result.metadata().columns();
    List<Integer> depths = new ArrayList<>();
    StringBuilder out = new StringBuilder();
    for (byte[][] row : result.rows()) {
      int depth = row[1] == null ? 0 : 1 + depths.get(number(row[1]).intValue());
      depths.add(depth);
      assertThat(number(row[0])).isEqualTo(depths.size() - 1);
      out.append("  ".repeat(depth)).append(utf8(row[2])).append(": ").append(utf8(row[3]));
      for (int i = 4; i < row.length; i++) {
        String name = columns.get(i).name();
        if (row[i] != null) {
          boolean isTime =
              name.equals("micros") && !(utf8(row[2]).equals("replica") && number(row[i]) == 0);
          out.append(" | ").append(name).append(' ').append(isTime ? "some" : number(row[i]));
        }
      }
      out.append('\n');
    }
    return out.toString();
  }

  /** Who of the others is asked first, how fast, and what times take, is as it happens. */
  private static String stable(String text) {
    return text.replaceAll("127\\.0\\.0\\.[23]", "another")
        .replaceAll("gave data (\\d+ times?) \\(\\d+ bytes", "gave data $1 (some bytes")
        .replaceAll("files \\(\\d+ bytes\\)", "files (some bytes)")
        .replaceAll("took \\d+ us", "took some us");
  }

  private static Long number(byte[] value) {
    long number = 0;
    for (byte b : value) {
      number = number << 8 | b & 0xff;
    }
    return number;
  }

  private static String utf8(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }
}

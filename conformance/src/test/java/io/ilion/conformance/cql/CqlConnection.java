package io.ilion.conformance.cql;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One connection of protocol version 5 for tests that ask single statements, and get answers as the
 * lines of a fixture, warnings last. Not safe for use by several threads.
 */
public final class CqlConnection implements AutoCloseable {
  private static final int VERSION = 5;

  private final WireClient client;

  private CqlConnection(WireClient client) {
    this.client = client;
  }

  /** Connects. */
  public static CqlConnection open(InetSocketAddress address) throws IOException {
    return new CqlConnection(WireClient.connect(address, VERSION));
  }

  /** Asks with consistency ONE. */
  public List<String> ask(String cql) throws IOException {
    return ask(cql, "ONE");
  }

  /** Asks with a consistency level. */
  public List<String> ask(String cql, String consistency) throws IOException {
    Request request = new Request(VERSION);
    request.set("consistency", consistency);
    Answer answer =
        Answer.read(client.request(WireClient.QUERY, request.query(cql)), VERSION, Set.of());
    List<String> lines = new ArrayList<>(answer.lines());
    answer.warnings().forEach(warning -> lines.add("warning " + warning));
    return lines;
  }

  /** Asks, and demands that it is no error. */
  public List<String> run(String cql) throws IOException {
    List<String> lines = ask(cql);
    if (lines.getFirst().startsWith("error")) {
      throw new IOException(cql + ": " + lines);
    }
    return lines;
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}

package io.ilion.conformance.cql;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One connection for tests that ask single statements, and get answers as the lines of a fixture,
 * warnings last. Not safe for use by several threads.
 */
public final class CqlConnection implements AutoCloseable {
  private static final int NEWEST = 5;

  private final WireClient client;

  private CqlConnection(WireClient client) {
    this.client = client;
  }

  /** Connects with protocol version 5. */
  public static CqlConnection open(InetSocketAddress address) throws IOException {
    return open(address, NEWEST);
  }

  /** Connects with a protocol version. */
  public static CqlConnection open(InetSocketAddress address, int version) throws IOException {
    return new CqlConnection(WireClient.connect(address, version));
  }

  /** Asks with consistency ONE. */
  public List<String> ask(String cql) throws IOException {
    return ask(cql, "ONE");
  }

  /** Asks with a consistency level. */
  public List<String> ask(String cql, String consistency) throws IOException {
    Request request = new Request(client.version());
    request.set("consistency", consistency);
    return lines(WireClient.QUERY, request.query(cql));
  }

  /** Executes what was never prepared. */
  public List<String> execute(byte[] id) throws IOException {
    byte[] metadata = client.version() >= NEWEST ? new byte[16] : null;
    Answer.Prepared unknown = new Answer.Prepared(id, metadata, List.of());
    return lines(WireClient.EXECUTE, new Request(client.version()).execute(unknown, List.of("()")));
  }

  private List<String> lines(int opcode, byte[] body) throws IOException {
    Answer answer = Answer.read(client.request(opcode, body), client.version(), Set.of());
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

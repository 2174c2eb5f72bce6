package io.ilion.conformance.chaos;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Has nodes repair what they replicate, as an operator does by their HTTP ports. */
final class Repair {
  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*\"?([^\",}]+)");
  private static final Pattern DIFFERING = Pattern.compile("\"differing_parts\"\\s*:\\s*(\\d+)");
  private static final Pattern RUNNING = Pattern.compile("\"state\"\\s*:\\s*\"RUNNING\"");
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final long LOOK_NANOS = 50_000_000;

  private Repair() {}

  /**
   * Repairs a keyspace at one node.
   *
   * @param http where the node serves HTTP
   * @return in how many parts of its ranges replicas differed before
   */
  static int run(InetSocketAddress http, String keyspace) throws IOException, InterruptedException {
    try (Operator operator = new Operator()) {
      String begun = operator.run(http, "repair", "{\"keyspace\":\"" + keyspace + "\"}");
      String task = "/tasks/" + group(ID, begun);
      long end = System.nanoTime() + PATIENCE_NANOS;
      String state = operator.get(http, task);
      while (RUNNING.matcher(state).find() && System.nanoTime() < end) {
        LockSupport.parkNanos(LOOK_NANOS);
        state = operator.get(http, task);
      }
      return Integer.parseInt(group(DIFFERING, state));
    }
  }

  private static String group(Pattern pattern, String json) throws IOException {
    Matcher matcher = pattern.matcher(json);
    if (!matcher.find()) {
      throw new IOException("a repair did not end as it should: " + json);
    }
    return matcher.group(1);
  }
}

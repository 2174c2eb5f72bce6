package io.ilion.conformance.chaos;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One node is killed, is down for a while under load, and returns: within a minute it has to have
 * all that the others keep for it.
 */
final class Outage implements Disturbance {
  private static final Pattern HINTS =
      Pattern.compile("^ilion_hints_bytes(?:\\{[^}]*})?\\s+(\\S+)$", Pattern.MULTILINE);
  private static final long SECOND = 1_000_000_000L;
  private static final long LOOK_NANOS = 100_000_000L;
  private static final long MOST_NANOS = 60 * SECOND;

  private final ProcessCluster cluster;
  private final int seconds;
  private volatile Throwable failure;
  private volatile String happened = "nothing";

  Outage(ProcessCluster cluster, int seconds) {
    this.cluster = cluster;
    this.seconds = seconds;
  }

  @Override
  public void run() throws InterruptedException {
    int victim = cluster.size() - 1;
    NodeProcess node = cluster.node(victim);
    try (Operator operator = new Operator()) {
      LockSupport.parkNanos(2 * SECOND);
      node.kill();
      LockSupport.parkNanos(seconds * SECOND);
      long kept = hintBytes(operator, victim);
      node.launch();
      node.awaitServing();
      long began = System.nanoTime();
      while (hintBytes(operator, victim) > 0) {
        if (System.nanoTime() - began > MOST_NANOS) {
          throw new IOException(
              "a minute after its return %d bytes of hints for a node are left, of %d"
                  .formatted(hintBytes(operator, victim), kept));
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
      happened =
          "%d s down, %d bytes of hints, handed over %.1f s after it served again"
              .formatted(seconds, kept, (System.nanoTime() - began) / 1e9);
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
  }

  /** What all others keep for anybody. */
  private long hintBytes(Operator operator, int but) throws IOException, InterruptedException {
    long bytes = 0;
    for (int i = 0; i < cluster.size(); i++) {
      if (i != but) {
        String text = operator.get(cluster.operated().get(i), "/metrics");
        Matcher matcher = HINTS.matcher(text);
        while (matcher.find()) {
          bytes += (long) Double.parseDouble(matcher.group(1));
        }
      }
    }
    return bytes;
  }

  @Override
  public Throwable failure() {
    return failure;
  }

  @Override
  public String toString() {
    return happened;
  }
}

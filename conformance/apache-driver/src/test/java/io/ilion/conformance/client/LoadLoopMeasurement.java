package io.ilion.conformance.client;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * What everybody writes first to load a file: a loop over its lines and Apache's driver, 256
 * inserts at once. The measure of {@code ilion load}; not among the tests of the build. By hand,
 * with the table {@code measure.event (id uuid PRIMARY KEY, device text, at timestamp, level int,
 * value double, message text)}, a file of these columns with a header and without quotes, and
 * {@code -Dilion.target=HOST:PORT -Dilion.load.file=FILE}.
 */
class LoadLoopMeasurement {
  private static final int IN_FLIGHT = 256;

  @Test
  void measure() throws IOException, InterruptedException {
    Path file = Path.of(System.getProperty("ilion.load.file"));
    long processor = processorNanos();
    long start = System.nanoTime();
    AtomicLong failures = new AtomicLong();
    long rows = 0;
    try (CqlSession session = DriverSession.open()) {
      PreparedStatement insert =
          session.prepare(
              "INSERT INTO measure.event (id, device, at, level, value, message)"
                  + " VALUES (?, ?, ?, ?, ?, ?)");
      Semaphore free = new Semaphore(IN_FLIGHT);
      try (BufferedReader in = Files.newBufferedReader(file)) {
        in.readLine();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          String[] fields = line.split(",", -1);
          free.acquire();
          session
              .executeAsync(
                  insert.bind(
                      UUID.fromString(fields[0]),
                      fields[1],
                      Instant.parse(fields[2]),
                      Integer.parseInt(fields[3]),
                      Double.parseDouble(fields[4]),
                      fields[5]))
              .whenComplete(
                  (result, error) -> {
                    if (error != null) {
                      failures.incrementAndGet();
                    }
                    free.release();
                  });
          rows++;
        }
      }
      free.acquire(IN_FLIGHT);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "loop over Apache's driver: %,d rows (%d failed) in %.1f s, %,.0f a second,"
            + " %.2f us of processor time a row%n",
        rows, failures.get(), seconds, rows / seconds, (processorNanos() - processor) / 1e3 / rows);
  }

  private static long processorNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

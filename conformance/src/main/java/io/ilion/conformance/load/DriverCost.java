package io.ilion.conformance.load;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;

/**
 * Measures the processor time and the bytes that a driver takes for an operation in its own
 * process: so many chains, each of which begins its next operation when the one before has its
 * result. The work is the same for all drivers, down to what is done with the rows.
 *
 * <p>{@code -Dilion.cost.seconds} (8) is how long each operation is measured, after as long a
 * warm-up; {@code -Dilion.cost.inflight} (256) is how many chains there are.
 */
public final class DriverCost {
  private static final int KEYS = 20_000;
  private static final int SLICES = 100;
  private static final int SLICE_ROWS = 100;
  private static final int VALUE_BYTES = 300;

  private final Subject subject;
  private final int inFlight = Integer.getInteger("ilion.cost.inflight", 256);
  private final long nanos = Integer.getInteger("ilion.cost.seconds", 8) * 1_000_000_000L;

  /** The driver that is measured, with its statements prepared. */
  public interface Subject {
    /** Executes a statement and waits for it. */
    void execute(String text);

    /** Prepares what follows; the tables are there. */
    void prepare(String insert, String select, String slice, String insertWide);

    /** Writes a value of 300 bytes. */
    CompletionStage<?> write(long key, byte[] value);

    /** Reads a value and looks at its bytes. */
    CompletionStage<?> read(long key);

    /** Reads a hundred rows and looks at both columns of each. */
    CompletionStage<?> slice(long key);

    /** Writes a row of those. */
    CompletionStage<?> writeWide(long key, int row, byte[] value);
  }

  private DriverCost(Subject subject) {
    this.subject = subject;
  }

  /** Makes the tables, fills them, and prints a line for each operation. */
  public static void measure(String name, Subject subject) throws Exception {
    new DriverCost(subject).run(name);
  }

  private void run(String name) throws Exception {
    subject.execute(
        "CREATE KEYSPACE IF NOT EXISTS driver_cost WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    subject.execute("CREATE TABLE IF NOT EXISTS driver_cost.kv (k bigint PRIMARY KEY, v blob)");
    subject.execute(
        "CREATE TABLE IF NOT EXISTS driver_cost.wide"
            + " (k bigint, c int, v blob, PRIMARY KEY (k, c))");
    subject.prepare(
        "INSERT INTO driver_cost.kv (k, v) VALUES (?, ?)",
        "SELECT v FROM driver_cost.kv WHERE k = ?",
        "SELECT c, v FROM driver_cost.wide WHERE k = ?",
        "INSERT INTO driver_cost.wide (k, c, v) VALUES (?, ?, ?)");
    byte[] value = new byte[VALUE_BYTES];
    new SplittableRandom(7).nextBytes(value);
    byte[] small = new byte[100];
    AtomicLong next = new AtomicLong();
    chains(
        ignored -> {
          long i = next.getAndIncrement();
          if (i < KEYS) {
            return subject.write(i, value);
          }
          long row = i - KEYS;
          return row < (long) SLICES * SLICE_ROWS
              ? subject.writeWide(row / SLICE_ROWS, (int) (row % SLICE_ROWS), small)
              : null;
        });
    measure(name, "write", key -> subject.write(key % KEYS, value));
    measure(name, "read", key -> subject.read(key % KEYS));
    measure(name, "slice", key -> subject.slice(key % SLICES));
  }

  private void measure(String name, String operation, LongFunction<CompletionStage<?>> work)
      throws Exception {
    timed(work);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long cpu = system.getProcessCpuTime();
    long bytes = threads.getTotalThreadAllocatedBytes();
    long start = System.nanoTime();
    long done = timed(work);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%-8s %-6s %9.0f ops/s %8.2f us/op %8.0f bytes/op%n",
        name,
        operation,
        done / seconds,
        (system.getProcessCpuTime() - cpu) / 1e3 / done,
        (double) (threads.getTotalThreadAllocatedBytes() - bytes) / done);
  }

  private long timed(LongFunction<CompletionStage<?>> work) throws Exception {
    long end = System.nanoTime() + nanos;
    AtomicLong count = new AtomicLong();
    chains(
        ignored -> System.nanoTime() - end > 0 ? null : work.apply(count.getAndIncrement() * 7919));
    return count.get();
  }

  /** Runs the chains until the work gives null. */
  private void chains(LongFunction<CompletionStage<?>> work) throws Exception {
    CountDownLatch ended = new CountDownLatch(inFlight);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < inFlight; i++) {
      chain(work, ended, failure);
    }
    ended.await();
    if (failure.get() != null) {
      throw new IllegalStateException(failure.get());
    }
  }

  private static void chain(
      LongFunction<CompletionStage<?>> work,
      CountDownLatch ended,
      AtomicReference<Throwable> failure) {
    CompletionStage<?> stage = failure.get() == null ? work.apply(0) : null;
    if (stage == null) {
      ended.countDown();
      return;
    }
    stage.whenComplete(
        (result, error) -> {
          if (error != null) {
            failure.compareAndSet(null, error);
          }
          chain(work, ended, failure);
        });
  }
}

package io.ilion.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Writes of new records in groups of {@value #GROUP}; the time of each record. Flushes and
 * compactions run along.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteBenchmark {
  private static final int GROUP = 64;

  /** The store, empty at first. */
  @State(Scope.Benchmark)
  public static class Data {
    /** Who is measured. */
    @Param({"ilion", "rocksdb"})
    public String store;

    /** Whether a group is synced to the disk before the next one begins. */
    @Param({"true", "false"})
    public boolean durable;

    private Loaded loaded;

    /** Opens the store. */
    @Setup
    public void open(BenchmarkParams params) {
      loaded = new Loaded(store, DataSet.CACHED, params.getThreads(), 300_000);
    }

    /** Deletes the store. */
    @TearDown
    public void close() {
      loaded.close();
    }
  }

  /** What a thread works with. */
  @State(Scope.Thread)
  public static class Writer {
    private final byte[] key = new byte[Records.KEY_BYTES];
    private final byte[] value = new byte[Records.VALUE_BYTES];
    private Store.Session session;
    private long number;

    /** Takes the session of this thread. */
    @Setup
    public void begin(Data data, ThreadParams thread) {
      session = data.loaded.session(thread.getThreadIndex());
      number = (long) thread.getThreadIndex() << 40;
    }
  }

  /** One group. */
  @Benchmark
  @OperationsPerInvocation(GROUP)
  public void write(Data data, Writer writer) {
    for (int i = 0; i < GROUP; i++) {
      do {
        Records.key(++writer.number, writer.key);
      } while (!writer.session.owns(writer.key));
      data.loaded.records().value(writer.number, writer.value);
      writer.session.put(writer.key, writer.value);
    }
    writer.session.commit(data.durable);
  }
}

package io.ilion.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.ThreadParams;

/** Reads of records: one that is there, one that is not, and many in order. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReadBenchmark {
  static final int SCANNED = 1_000;

  /** The store with its records. */
  @State(Scope.Benchmark)
  public static class Data {
    /** Who is measured. */
    @Param({"ilion", "rocksdb"})
    public String store;

    /** Where the records are. */
    @Param({"MEMTABLE", "CACHED", "UNCACHED"})
    public DataSet data;

    /** How many records there are. */
    @Param("300000")
    public int rows;

    private Loaded loaded;

    /** Loads the records. */
    @Setup
    public void open(BenchmarkParams params) {
      loaded = new Loaded(store, data, params.getThreads(), rows);
      loaded.loadRecords(rows, data != DataSet.MEMTABLE);
    }

    /** Deletes the store. */
    @TearDown
    public void close() {
      loaded.close();
    }
  }

  /** What a thread works with. */
  @State(Scope.Thread)
  public static class Reader {
    private final byte[] key = new byte[Records.KEY_BYTES];
    private final byte[] value = new byte[Records.VALUE_BYTES];
    private Store.Session session;
    private int[] numbers;
    private long random;

    /** Takes the session of this thread. */
    @Setup
    public void begin(Data data, ThreadParams thread) {
      session = data.loaded.session(thread.getThreadIndex());
      numbers = data.loaded.owned(thread.getThreadIndex());
      random = thread.getThreadIndex();
    }

    private void nextKey() {
      random++;
      int at = (int) Math.unsignedMultiplyHigh(Records.mix(random), numbers.length);
      Records.key(numbers[at], key);
    }

    private void nextAbsentKey() {
      do {
        Records.key(Long.MAX_VALUE - ++random, key);
      } while (!session.owns(key));
    }
  }

  /** A record that is there. */
  @Benchmark
  public byte[] present(Reader reader) {
    reader.nextKey();
    if (!reader.session.get(reader.key, reader.value)) {
      throw new IllegalStateException("a record is missing");
    }
    return reader.value;
  }

  /** A record that is not there. */
  @Benchmark
  public byte[] absent(Reader reader) {
    reader.nextAbsentKey();
    if (reader.session.get(reader.key, reader.value)) {
      throw new IllegalStateException("a record is there that was never written");
    }
    return reader.value;
  }

  /** A thousand records in the store's order, from a random one on; the time of each. */
  @Benchmark
  @org.openjdk.jmh.annotations.OperationsPerInvocation(SCANNED)
  public byte[] scan(Reader reader) {
    int missing = SCANNED;
    while (missing > 0) {
      // At the end of the store it goes on at a random place.
      reader.nextKey();
      missing -= reader.session.scan(reader.key, missing, reader.value);
    }
    return reader.value;
  }
}

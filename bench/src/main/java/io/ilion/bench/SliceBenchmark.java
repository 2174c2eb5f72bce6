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

/** Reads of a hundred rows from a random place in a wide partition. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SliceBenchmark {
  private static final int LENGTH = 100;

  /** The store with its partitions. */
  @State(Scope.Benchmark)
  public static class Data {
    /** Who is measured. */
    @Param({"ilion", "rocksdb"})
    public String store;

    /** Where the partitions are. */
    @Param({"MEMTABLE", "CACHED", "UNCACHED"})
    public DataSet data;

    /** How many rows there are, in four partitions. */
    @Param("400000")
    public int rows;

    private Loaded loaded;

    /** Loads the partitions. */
    @Setup
    public void open(BenchmarkParams params) {
      loaded = new Loaded(store, data, params.getThreads(), rows);
      loaded.loadWide(rows, data != DataSet.MEMTABLE);
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
    private int[] partitions;
    private int starts;
    private long random;

    /** Takes the session of this thread. */
    @Setup
    public void begin(Data data, ThreadParams thread) {
      session = data.loaded.session(thread.getThreadIndex());
      partitions = data.loaded.owned(thread.getThreadIndex());
      starts = data.rows / Loaded.WIDE_PARTITIONS - LENGTH;
      random = thread.getThreadIndex();
    }
  }

  /** One slice. */
  @Benchmark
  public byte[] slice(Reader reader) {
    long random = Records.mix(++reader.random);
    Records.key(reader.partitions[(int) (random & (reader.partitions.length - 1))], reader.key);
    long first = Math.unsignedMultiplyHigh(random, reader.starts);
    if (reader.session.slice(reader.key, first, LENGTH, reader.value) != LENGTH) {
      throw new IllegalStateException("rows are missing");
    }
    return reader.value;
  }
}

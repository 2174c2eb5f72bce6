package io.ilion.bench;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.runtime.system.SystemRandom;
import io.ilion.runtime.system.SystemScheduler;
import io.ilion.storage.LaneStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Our engine, with a lane for each session. */
final class IlionStore implements Store {
  private static final UUID NARROW = new UUID(1, 1);
  private static final UUID WIDE = new UUID(1, 2);
  private static final byte[] NO_CLUSTERING = {};
  private static final byte[] TOP = {(byte) 0xff};

  private final SystemScheduler threads;
  private final CallerLane[] lanes;
  private final Engine engine;
  private final LaneSession[] sessions;
  private volatile Throwable failure;

  IlionStore(Settings settings) {
    threads = new SystemScheduler(1, 2, this::fail);
    lanes = new CallerLane[settings.threads()];
    sessions = new LaneSession[lanes.length];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new CallerLane(i, threads.lane(0));
    }
    EngineConfig config =
        new EngineConfig(
            "data",
            "log",
            EngineConfig.SyncMode.GROUP,
            0,
            1_000_000_000L,
            32 << 20,
            8L << 30,
            2 * settings.writeBufferBytes(),
            settings.cacheBytes(),
            2,
            0);
    NodeRuntime runtime =
        new NodeRuntime(
            new SystemClock(),
            new Lanes(),
            Network.alone(new NodeAddress("localhost", 0)),
            new SystemFiles(settings.directory()),
            SystemRandom.create(),
            false);
    try {
      engine = Engine.open(config, runtime, this::fail);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < lanes.length; i++) {
      sessions[i] = new LaneSession(i);
    }
    await(engine.putTable(options(NARROW, "narrow", 0)));
    await(engine.putTable(options(WIDE, "wide", 1)));
  }

  private static TableOptions options(UUID id, String name, int clusteringColumns) {
    return new TableOptions(
        id,
        name,
        0,
        0.01,
        Map.of("class", "SizeTieredCompactionStrategy"),
        Map.of("class", "LZ4Compressor", "chunk_length_in_kb", "8"),
        clusteringColumns);
  }

  private void fail(Throwable cause) {
    failure = cause;
  }

  private void check() {
    if (failure != null) {
      throw new IllegalStateException("the engine failed", failure);
    }
  }

  /** Runs all lanes, in turn, until a stage completes. */
  private void await(CompletionStage<?> stage) {
    while (!stage.toCompletableFuture().isDone()) {
      check();
      for (CallerLane lane : lanes) {
        lane.drain();
      }
      Thread.onSpinWait();
    }
    stage.toCompletableFuture().join();
  }

  @Override
  public Session session(int thread) {
    return sessions[thread];
  }

  @Override
  public void settle() {
    await(engine.compact(NARROW));
    await(engine.compact(WIDE));
  }

  @Override
  public void close() {
    await(engine.closeAsync());
    threads.close();
  }

  private final class Lanes implements Scheduler {
    @Override
    public int laneCount() {
      return lanes.length;
    }

    @Override
    public Lane lane(int index) {
      return lanes[index];
    }

    @Override
    public Executor background() {
      return threads.background();
    }

    @Override
    public Lane blockingLane(String name) {
      return threads.blockingLane(name);
    }
  }

  private final class LaneSession implements Session, RowSink {
    private final int index;
    private final CallerLane lane;
    private final LaneStore store;
    private final UpdateWriter writer = new UpdateWriter();
    private final LaneStore.WriteCallback acknowledge = this::acknowledged;
    private final byte[] clustering = new byte[9];
    private long timestamp;
    private int sent;
    private int acknowledged;
    private byte[] target;
    private int wanted;
    private int found;
    private boolean over;

    LaneSession(int index) {
      this.index = index;
      lane = lanes[index];
      store = engine.lane(index);
    }

    @Override
    public boolean owns(byte[] key) {
      return engine.laneOf(Murmur3.token(key)) == index;
    }

    @Override
    public void put(byte[] key, byte[] value) {
      put(NARROW, key, NO_CLUSTERING, value);
    }

    @Override
    public void putRow(byte[] key, long row, byte[] value) {
      clustering(row, clustering);
      put(WIDE, key, clustering, value);
    }

    private void put(UUID table, byte[] key, byte[] clusteringKey, byte[] value) {
      writer.begin(table, key);
      long now = ++timestamp;
      writer.rowWriter().liveness(now).cell(1, null, now, 0, 0, value);
      sent++;
      store.apply(Murmur3.token(key), writer.row(clusteringKey).toByteArray(), acknowledge);
    }

    private void acknowledged(Throwable cause) {
      acknowledged++;
      if (cause != null) {
        fail(cause);
      }
    }

    @Override
    public void commit(boolean durable) {
      // What is not awaited is still handed to the log, and its memory given back.
      lane.drain();
      if (durable || sent - acknowledged > 4_096) {
        lane.until(() -> acknowledged == sent);
      }
      check();
    }

    @Override
    public boolean get(byte[] key, byte[] value) {
      read(ReadCommand.partition(NARROW, key, Murmur3.token(key), Slices.ALL, false), 1, value);
      return found == 1;
    }

    @Override
    public int slice(byte[] key, long firstRow, int count, byte[] value) {
      byte[] start = new byte[9];
      clustering(firstRow, start);
      Slices slices = new Slices(List.of(new Slices.Interval(start, TOP)));
      read(ReadCommand.partition(WIDE, key, Murmur3.token(key), slices, false), count, value);
      return found;
    }

    @Override
    public int scan(byte[] key, int count, byte[] value) {
      ReadCommand.PartitionRange range =
          new ReadCommand.PartitionRange(Murmur3.token(key), null, true, Long.MAX_VALUE);
      read(ReadCommand.range(NARROW, range, Slices.ALL), count, value);
      return found;
    }

    private void read(ReadCommand command, int count, byte[] value) {
      target = value;
      wanted = count;
      found = 0;
      over = false;
      store.read(command, this);
      if (!over) {
        lane.until(() -> over);
      }
      check();
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      row.nextCell();
      System.arraycopy(row.array(), row.valueOffset(), target, 0, row.valueLength());
      return ++found < wanted;
    }

    @Override
    public boolean endOfPartition() {
      return found < wanted;
    }

    @Override
    public void finished() {
      over = true;
    }

    @Override
    public void failed(Throwable cause) {
      over = true;
      fail(cause);
    }
  }

  /** The clustering key of a row: one ascending bigint. */
  private static void clustering(long row, byte[] key) {
    key[0] = 0x20;
    Bytes.putLong(key, 1, row ^ Long.MIN_VALUE);
  }
}

package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.LaneStore;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StorageEngine.ReplicaRequests;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import io.ilion.storage.UnknownTableException;
import io.ilion.storage.memtable.Memtable;
import io.ilion.storage.sstable.BlockCache;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final UUID OTHER = new UUID(7, 9);
  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private NodeRuntime runtime = node.start(2);
  private final SimulatedFiles files = node.files();
  private final List<Throwable> fatal = new ArrayList<>();
  private Engine engine;

  @BeforeEach
  void begin() throws IOException {
    open();
    world.await(engine.putTable(options(0)));
  }

  private static TableOptions options(long gcGraceSeconds) {
    return SmallEngines.table(TABLE, gcGraceSeconds);
  }

  private void open() throws IOException {
    engine = Engine.open(SmallEngines.config(256 << 10, 1 << 20), runtime, fatal::add);
  }

  private interface Filler {
    void fill(UpdateWriter writer);
  }

  private Throwable write(int key, Filler filler) {
    UpdateWriter writer = new UpdateWriter().begin(TABLE, new byte[] {(byte) key});
    filler.fill(writer);
    long token = Murmur3.token(new byte[] {(byte) key});
    Throwable[] outcome = new Throwable[1];
    boolean[] done = new boolean[1];
    engine
        .lane(engine.laneOf(token))
        .apply(
            token,
            writer.toByteArray(),
            failure -> {
              outcome[0] = failure;
              done[0] = true;
            });
    world.until(() -> done[0]);
    return outcome[0];
  }

  private Throwable put(int key, int row, long timestamp) {
    return write(
        key,
        w -> {
          w.rowWriter().liveness(timestamp).cell(1, null, timestamp, 0, 0, new byte[300]);
          w.row(new byte[] {0x20, (byte) row});
        });
  }

  private List<String> read() {
    List<String> lines = new ArrayList<>();
    for (int lane = 0; lane < 2; lane++) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(ReadCommand.range(TABLE, PartitionRange.ALL, Slices.ALL), sink);
      world.until(sink::isOver);
      lines.addAll(sink.lines());
    }
    return lines;
  }

  private TableStatistics statistics() {
    return engine.statistics().get(0);
  }

  /** A row that is not settled is looked for twice, and read once. */
  @Test
  void anObserverIsToldOnceOfEachReadAndWrite() {
    List<String> told = new ArrayList<>();
    world.await(
        engine.observe(
            new PartitionObserver() {
              @Override
              public void read(int lane, UUID tableId, byte[] key) {
                told.add("read " + key[0]);
              }

              @Override
              public void wrote(int lane, UUID tableId, byte[] key, int bytes) {
                told.add("wrote " + key[0]);
              }
            }));
    put(1, 1, 10);
    write(
        2,
        w -> {
          w.rowWriter().cell(1, null, 10, 0, 0, new byte[3]);
          w.row(new byte[] {0x20, 1});
        });
    for (byte key = 1; key <= 2; key++) {
      byte[] partition = {key};
      long token = Murmur3.token(partition);
      ReadCommand row =
          ReadCommand.row(TABLE, partition, token, Slices.row(new byte[] {0x20, 1}), new int[] {1});
      for (boolean settled : new boolean[] {false, true}) {
        TextSink sink = new TextSink();
        LaneStore lane = engine.lane(engine.laneOf(token));
        if (settled) {
          lane.readSettled(row, sink);
        } else {
          lane.read(row, sink);
        }
        world.until(sink::isOver);
      }
    }
    world.await(engine.observe(null));
    put(3, 1, 10);
    assertThat(told).containsExactly("wrote 1", "wrote 2", "read 1", "read 1", "read 2", "read 2");
    // They are counted whether or not somebody observes; each lane has a part of the range.
    assertThat(statistics().requests()).isEqualTo(new ReplicaRequests(4, 0, 3));
    assertThat(read()).isNotEmpty();
    assertThat(statistics().requests()).isEqualTo(new ReplicaRequests(4, 2, 3));
    world.await(engine.flush(TABLE));
    assertThat(statistics().rows()).isEqualTo(3);
    assertThat(statistics().cells()).isEqualTo(3);
    assertThat(statistics().tombstones()).isZero();
    assertThat(statistics().rawBytes()).isGreaterThan(600);
  }

  @Test
  void aFullDiskRefusesWritesWhileReadsGoOn() {
    assertThat(put(1, 1, 10)).isNull();
    List<String> before = read();
    files.setFull(true);
    Throwable failure = put(1, 2, 10);
    assertThat(failure).isInstanceOf(DiskFullException.class);
    assertThat(put(1, 3, 10)).isInstanceOf(DiskFullException.class);
    assertThat(read()).containsAll(before);
    files.setFull(false);
    for (int i = 0; i < 50 && put(1, 4, 10) != null; i++) {
      for (int s = 0; s < 100; s++) {
        world.step();
      }
    }
    assertThat(put(1, 4, 10)).isNull();
    assertThat(fatal).isEmpty();
  }

  @Test
  void whatTheLogHadNoRoomForIsDurableOnlyInAFile() throws IOException {
    assertThat(put(1, 1, 10)).isNull();
    files.setFull(true);
    assertThat(put(1, 2, 10)).isInstanceOf(DiskFullException.class);
    List<String> before = read();
    assertThat(awaitDurable()).isInstanceOf(DiskFullException.class);
    files.setFull(false);
    for (int i = 0; i < 1000 && awaitDurable() != null; i++) {
      world.step();
    }
    assertThat(awaitDurable()).isNull();
    node.crash();
    runtime = node.start(2);
    open();
    assertThat(read()).isEqualTo(before);
  }

  /** The first who asks long after the disk had room again waits for the flush that this begins. */
  @Test
  void whatTheLogHadNoRoomForIsFlushedWhenSomebodyAsks() {
    fillTheDiskForAWhile();
    assertThat(awaitDurable()).isNull();
    assertThat(statistics().rawBytes()).isPositive();
  }

  /** If that flush fails it is known at once, not only when another one succeeds. */
  @Test
  void whoWaitsForAFlushHearsThatItFailed() {
    fillTheDiskForAWhile();
    files.setFull(true);
    assertThat(awaitDurable()).isInstanceOf(DiskFullException.class);
  }

  /** What the log had no room for is in a memtable alone; by now there is room again. */
  private void fillTheDiskForAWhile() {
    files.setFull(true);
    assertThat(put(1, 1, 10)).isInstanceOf(DiskFullException.class);
    files.setFull(false);
    for (int i = 0; i < 50 && put(2, 1, 10) != null; i++) {
      world.run(100_000_000);
    }
    assertThat(put(2, 2, 10)).isNull();
  }

  private Throwable awaitDurable() {
    Throwable[] outcome = new Throwable[1];
    boolean[] done = new boolean[1];
    engine
        .lane(engine.laneOf(Murmur3.token(new byte[] {1})))
        .awaitDurable(
            failure -> {
              outcome[0] = failure;
              done[0] = true;
            });
    world.until(() -> done[0]);
    return outcome[0];
  }

  @Test
  void writesAreRefusedBeforeTheDiskIsFull() {
    engine.keepFree(1000);
    assertThat(put(1, 1, 10)).isNull();
    files.setUsable(999);
    for (int i = 0; i < 50 && put(1, 2, 10) == null; i++) {
      world.step();
    }
    assertThat(put(1, 3, 10)).isInstanceOf(DiskFullException.class);
    assertThat(read()).isNotEmpty();
    // What is in memory may still be written.
    world.await(engine.flush(TABLE));
    assertThat(put(1, 3, 10)).isInstanceOf(DiskFullException.class);
    files.setUsable(1000);
    for (int i = 0; i < 50 && put(1, 4, 10) != null; i++) {
      world.step();
    }
    assertThat(put(1, 4, 10)).isNull();
  }

  @Test
  void snapshotsAreListed() {
    world.await(engine.snapshot(TABLE, "empty"));
    assertThat(engine.snapshots()).isEmpty();
    put(1, 1, 10);
    long bytes = world.await(engine.snapshot(TABLE, "one"));
    assertThat(engine.snapshots())
        .containsExactly(new StorageEngine.Snapshot("t-1", "one", bytes, 0));
    world.await(engine.truncate(TABLE));
    world.until(() -> engine.snapshots().get(0).ownBytes() == bytes);
  }

  @Test
  void aFlushWithoutRoomIsTriedAgain() {
    assertThat(put(1, 1, 10)).isNull();
    files.setFull(true);
    var flushed = engine.flush(TABLE).toCompletableFuture();
    for (int i = 0; i < 200; i++) {
      world.step();
    }
    assertThat(flushed).isNotDone();
    assertThat(put(2, 1, 10)).isInstanceOf(DiskFullException.class);
    assertThat(read()).hasSize(2);
    files.setFull(false);
    world.await(flushed);
    assertThat(statistics().sstables()).isEqualTo(1);
    assertThat(statistics().memtableBytes()).isZero();
    assertThat(read()).hasSize(2);
  }

  /** Not only for the heap, for which the process ends. */
  @Test
  void whoeverWaitsForAFileIsToldThatThereWasNoMemory() throws IOException {
    Queue<Error> errors = new ArrayDeque<>();
    world.await(engine.closeAsync());
    engine =
        Engine.open(
            SmallEngines.config(256 << 10, 1 << 20),
            runtime,
            id -> PurgeHorizon.ALL,
            fatal::add,
            BlockCache.replayable(1 << 20),
            format -> FaultyFormat.throwing(format, errors));
    assertThat(put(1, 1, 10)).isNull();
    errors.add(new OutOfMemoryError("planted"));
    world.await(engine.flush(TABLE));
    assertThat(errors).isEmpty();
    assertThat(statistics().sstables()).isEqualTo(1);
    UpdateWriter writer = new UpdateWriter().begin(TABLE, new byte[] {2});
    writer.rowWriter().liveness(10);
    writer.row(new byte[] {0x20, 1});
    Memtable rows = new Memtable();
    rows.apply(Murmur3.token(new byte[] {2}), new UpdateReader().wrap(writer.toByteArray()), 0);
    errors.add(new OutOfMemoryError("planted"));
    MergeCursor source = new MergeCursor(List.of(rows.scan(PartitionRange.ALL)), true);
    assertThatThrownBy(() -> world.await(engine.importRows(TABLE, source)))
        .hasStackTraceContaining("planted");
    assertThat(read()).hasSize(2);
  }

  /** A lane with much to do hands the log late what it wrote before it forgot the table. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noSegmentOfTheLogIsKeptForWhatIsForgotten(boolean drops) throws IOException {
    world.await(engine.putTable(SmallEngines.table(OTHER, 0)));
    CompletableFuture<Void> forgotten =
        (drops ? engine.dropTable(TABLE) : engine.truncate(TABLE)).toCompletableFuture();
    runtime
        .scheduler()
        .lane(engine.laneOf(Murmur3.token(new byte[] {1})))
        .execute(
            () -> {
              files.setLatency(1_000_000_000, 1_000_000_000);
              boolean unused = files.exists("n");
              files.setLatency(0, 0);
            });
    List<Throwable> outcomes = new ArrayList<>();
    assertThat(apply(TABLE, 1_000, outcomes)).isTrue();
    world.await(forgotten);
    for (int i = 0; i < 120; i++) {
      int before = i + 1;
      assertThat(apply(OTHER, 20_000, outcomes)).isTrue();
      world.until(() -> outcomes.size() > before);
    }
    assertThat(outcomes).containsOnlyNulls();
    world.await(engine.flush(OTHER));
    world.run(1_000_000_000L);
    assertThat(files.list("n/commitlog")).doesNotContain("commitlog-0000000000000000.log");
  }

  /** Also if nobody asks for it again: the lanes have forgotten it already. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatFindsNoRoomToBeForgottenGoesWhenThereIs(boolean drops) throws IOException {
    put(1, 1, 10);
    world.await(engine.flush(TABLE));
    files.setFull(true);
    assertThatThrownBy(() -> world.await(drops ? engine.dropTable(TABLE) : engine.truncate(TABLE)))
        .hasRootCauseInstanceOf(DiskFullException.class);
    world.run(10_000_000_000L);
    assertThat(files.list("n/data/t-1")).hasSize(1);
    files.setFull(false);
    if (!drops) {
      assertThat(put(1, 2, 10)).isNull();
    }
    world.run(2_000_000_000L);
    assertThat(files.list("n/data/t-1")).isEmpty();
    node.crash();
    runtime = node.start(2);
    open();
    world.await(engine.putTable(options(0)));
    assertThat(read()).hasSize(drops ? 0 : 2);
  }

  @Test
  void memoryIsBoundedByFlushing() {
    for (int i = 0; i < 4000; i++) {
      assertThat(put(i % 100, i / 100, 10 + i)).isNull();
    }
    assertThat(statistics().memtableBytes()).isLessThan(300 << 10);
    assertThat(statistics().liveSstableBytes()).isPositive();
    assertThat(read()).hasSize(4100);
    world.await(engine.compact(TABLE));
    assertThat(statistics().sstables()).isEqualTo(2);
    assertThat(read()).hasSize(4100);
  }

  @Test
  void deletionsArePurgedOnlyWhenNothingOlderIsElsewhere() {
    put(1, 1, 10);
    put(1, 2, 50);
    world.await(engine.flush(TABLE));
    write(1, w -> w.partitionDeletion(20, 1));
    world.await(engine.flush(TABLE));
    // An older write waits in the memtable: the deletion has to stay.
    put(1, 3, 5);
    assertThat(read()).hasSize(2);
    var compacted = engine.compact(TABLE);
    world.await(compacted);
    assertThat(read()).hasSize(2).noneMatch(line -> line.startsWith("row 2003"));
    assertThat(read().get(0)).doesNotContain("Deletion");
  }

  @Test
  void aReadOfOneRowGoesOnWhereWhatIsNewerHasExpired() {
    byte[] row = {0x20, 1};
    // The row was updated, then inserted to stay, then inserted to expire: what remains is the
    // update of a column that is not asked for, and with it the row.
    write(1, w -> cell(w, 2, 5, 0).row(row));
    world.await(engine.flush(TABLE));
    write(1, w -> cell(w, 1, 10, 0).row(row));
    world.await(engine.flush(TABLE));
    write(1, w -> cell(w, 1, 20, 60).row(row));
    byte[] key = {1};
    long token = Murmur3.token(key);
    VisibleSink sink = new VisibleSink(new int[] {1}, 1_000);
    engine
        .lane(engine.laneOf(token))
        .read(ReadCommand.row(TABLE, key, token, Slices.row(row), new int[] {1}), sink);
    world.until(sink::isOver);
    assertThat(sink.visible()).isEqualTo("2001");
  }

  private static UpdateWriter cell(UpdateWriter writer, int column, long timestamp, int ttl) {
    RowWriter row = writer.rowWriter();
    if (column == 1) {
      row.liveness(timestamp, ttl, 100);
    }
    row.cell(column, null, timestamp, ttl, 100, new byte[1]);
    return writer;
  }

  /** What waits for memory when a table is truncated comes behind the truncation, and stays. */
  @Test
  void whatIsWrittenBehindATruncationIsDurable() throws IOException {
    // No flush ends, so memory fills up and writes wait.
    files.setLatency(1_000_000_000, 1_000_000_000);
    List<Throwable> outcomes = new ArrayList<>();
    long token = Murmur3.token(new byte[] {1});
    LaneStore lane = engine.lane(engine.laneOf(token));
    boolean waits = false;
    int writes = 0;
    for (; !waits; writes++) {
      UpdateWriter writer = new UpdateWriter().begin(TABLE, new byte[] {1});
      writer.rowWriter().liveness(10).cell(1, null, 10, 0, 0, new byte[4_000]);
      writer.row(new byte[] {0x20, (byte) writes});
      waits = !lane.apply(token, writer.toByteArray(), outcomes::add);
    }
    world.await(engine.truncate(TABLE));
    int all = writes;
    world.until(() -> outcomes.size() == all);
    assertThat(outcomes).containsOnlyNulls();
    List<String> after = read();
    assertThat(after).hasSize(2);
    files.setLatency(0, 0);
    node.crash();
    runtime = node.start(2);
    open();
    assertThat(read()).isEqualTo(after);
  }

  /** Also if a flush of it begins, and takes its number, before the lane goes on. */
  @Test
  void whatWaitedForATruncationAndIsFlushedAtOnceIsDurable() throws IOException {
    FlushesAtWill flushes = new FlushesAtWill(runtime.scheduler());
    world.await(engine.closeAsync());
    runtime =
        new NodeRuntime(
            runtime.clock(),
            flushes,
            runtime.network(),
            runtime.files(),
            runtime.random(),
            runtime.isReplayable());
    open();
    world.await(engine.putTable(SmallEngines.table(OTHER, 0)));
    List<Throwable> outcomes = new ArrayList<>();
    for (int bytes : new int[] {40_000, 41_000, 33_000}) {
      assertThat(apply(OTHER, bytes, outcomes)).isTrue();
    }
    assertThat(apply(TABLE, 12_000, outcomes)).isTrue();
    assertThat(apply(TABLE, 65_300, outcomes)).isFalse();
    assertThat(flushes.held).hasSize(1);
    flushes.areFast = true;
    world.await(engine.truncate(TABLE));
    flushes.held.getFirst().run();
    world.until(() -> outcomes.size() == 5);
    assertThat(outcomes).containsOnlyNulls();
    world.until(() -> statistics(TABLE).memtableBytes() == 0);
    List<String> after = read();
    assertThat(after).hasSize(2);
    node.crash();
    runtime = node.start(2);
    open();
    assertThat(read()).isEqualTo(after);
  }

  private TableStatistics statistics(UUID table) {
    return engine.statistics().stream().filter(t -> t.tableId().equals(table)).findAny().get();
  }

  /** Returns whether the write did not have to wait. */
  private boolean apply(UUID table, int bytes, List<Throwable> outcomes) {
    long token = Murmur3.token(new byte[] {1});
    UpdateWriter writer = new UpdateWriter().begin(table, new byte[] {1});
    writer.rowWriter().liveness(10).cell(1, null, 10, 0, 0, new byte[bytes]);
    writer.row(new byte[] {0x20, (byte) (bytes / 1000)});
    return engine.lane(engine.laneOf(token)).apply(token, writer.toByteArray(), outcomes::add);
  }

  /** Long work waits, or is done before whoever asked for it goes on. */
  private static final class FlushesAtWill implements Scheduler {
    private final Scheduler others;
    private final List<Runnable> held = new ArrayList<>();
    private boolean areFast;

    FlushesAtWill(Scheduler others) {
      this.others = others;
    }

    @Override
    public Executor longWork() {
      return task -> {
        if (areFast) {
          task.run();
        } else {
          held.add(task);
        }
      };
    }

    @Override
    public int laneCount() {
      return others.laneCount();
    }

    @Override
    public Lane lane(int index) {
      return others.lane(index);
    }

    @Override
    public Executor background() {
      return others.background();
    }

    @Override
    public Lane blockingLane(String name) {
      return others.blockingLane(name);
    }
  }

  /** Without its manifest a node would take all files for what nobody needs, and delete them. */
  @Test
  void aDirectoryThatLostItsManifestIsLeftAlone() throws IOException {
    put(1, 1, 10);
    world.await(engine.flush(TABLE));
    put(1, 2, 10);
    List<String> before = read();
    for (boolean hasFiles : new boolean[] {true, false}) {
      world.await(engine.closeAsync());
      node.kill();
      runtime = node.start(2);
      Map<String, byte[]> removed = new TreeMap<>();
      for (String path : files.paths()) {
        if (path.contains("manifest") || (!hasFiles && path.contains("sstable"))) {
          removed.put(path, files.bytes(path));
          files.delete(path);
        }
      }
      List<String> paths = files.paths();
      assertThatThrownBy(this::open)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("manifest");
      assertThat(files.paths()).containsAll(paths);
      removed.forEach(files::setBytes);
      open();
      assertThat(read()).isEqualTo(before);
    }
  }

  @Test
  void snapshotsOutliveTheirTable() {
    put(1, 1, 10);
    long bytes = world.await(engine.snapshot(TABLE, "before"));
    assertThat(bytes).isPositive().isEqualTo(statistics().liveSstableBytes());
    world.await(engine.dropTable(TABLE));
    for (int i = 0; i < 100; i++) {
      world.step();
    }
    assertThat(files.list("n/data/t-1")).containsExactly("snapshots");
    assertThat(files.list("n/data/t-1/snapshots/before")).hasSize(1);
    assertThat(put(1, 1, 10)).isInstanceOf(UnknownTableException.class);
  }

  @Test
  void theDirectoryOfADroppedTableGoesWithTheNextStartUnlessItHasASnapshot() throws IOException {
    for (boolean withSnapshot : new boolean[] {true, false}) {
      put(1, 1, 10);
      if (withSnapshot) {
        world.await(engine.snapshot(TABLE, "before"));
      }
      world.await(engine.dropTable(TABLE));
      node.kill();
      files.setBytes("n/data/note", new byte[1]);
      runtime = node.start(2);
      open();
      assertThat(files.isDirectory("n/data/t-1")).isEqualTo(withSnapshot);
      assertThat(files.exists("n/data/note")).isTrue();
      world.await(engine.putTable(options(0)));
      assertThat(read()).isEmpty();
      if (withSnapshot) {
        assertThat(files.list("n/data/t-1/snapshots/before")).hasSize(1);
        world.await(engine.clearSnapshot("t-1", "before"));
      }
    }
  }

  @Test
  void aSnapshotIsRestored() throws IOException {
    for (int key = 0; key < 20; key++) {
      put(key, 1, 10);
    }
    List<String> before = read();
    world.await(engine.snapshot(TABLE, "one"));
    world.await(engine.truncate(TABLE));
    put(3, 2, 20);
    assertThat(read()).hasSizeLessThan(5);
    assertThat(world.await(engine.restore(TABLE, List.of(), "one"))).isPositive();
    assertThat(read()).containsAll(before.subList(1, 5)).hasSizeGreaterThan(before.size());
    List<String> after = read();
    node.crash();
    runtime = node.start(2);
    open();
    assertThat(read()).isEqualTo(after);
    world.await(engine.compact(TABLE));
    assertThat(read()).isEqualTo(after);
    world.await(engine.restore(TABLE, List.of(), "one"));
    world.await(engine.truncate(TABLE));
    assertThat(read()).isEmpty();
    world.await(engine.closeAsync());
    open();
    assertThat(read()).isEmpty();
    assertThatThrownBy(() -> world.await(engine.restore(TABLE, List.of(), "two")))
        .hasStackTraceContaining("there is no snapshot named two");
    assertThat(engine.snapshots()).hasSize(1);
  }

  /** What a crash leaves of a snapshot must not pass for one. */
  @Test
  void aSnapshotIsThereAsAWholeOrNotAtAll() throws IOException {
    for (int flush = 0; flush < 3; flush++) {
      for (int key = 0; key < 4; key++) {
        put(key, flush, 10);
      }
      world.await(engine.flush(TABLE));
    }
    int all = statistics().sstables();
    assertThat(all).isGreaterThan(4);
    int finished = 0;
    for (int call = 1; finished < 5; call++) {
      files.stopAfter(call);
      var snapshot = engine.snapshot(TABLE, "s").toCompletableFuture();
      while (node.isRunning() && !snapshot.isDone()) {
        world.step();
      }
      boolean done = snapshot.isDone() && !snapshot.isCompletedExceptionally();
      finished += done ? 1 : 0;
      if (call % 2 == 0) {
        node.crash();
      } else {
        node.kill();
      }
      files.neverStop();
      runtime = node.start(2);
      files.createDirectories("n/data/t-1/snapshots");
      files.setBytes("n/data/t-1/snapshots/note", new byte[1]);
      open();
      assertThat(files.exists("n/data/t-1/snapshots/note")).isTrue();
      if (done) {
        assertThat(engine.snapshots()).hasSize(1);
      }
      for (StorageEngine.Snapshot found : engine.snapshots()) {
        String directory = "n/data/t-1/snapshots/" + found.name();
        assertThat(files.list(directory)).as("call %d", call).hasSize(all);
        world.await(engine.clearSnapshot("t-1", "s"));
      }
      world.await(engine.snapshot(TABLE, "s"));
      files.setBytes("n/data/t-1/snapshots/s/unfinished", new byte[0]);
      assertThat(engine.snapshots()).isEmpty();
      assertThatThrownBy(() -> world.await(engine.restore(TABLE, List.of(), "s")))
          .hasStackTraceContaining("there is no snapshot named s");
      world.await(engine.snapshot(TABLE, "s"));
      assertThat(engine.snapshots()).hasSize(1);
      world.await(engine.clearSnapshot("t-1", "s"));
    }
  }

  @Test
  void snapshotsAreCleared() {
    put(1, 1, 10);
    world.await(engine.snapshot(TABLE, "one"));
    assertThatThrownBy(() -> world.await(engine.snapshot(TABLE, "one")))
        .hasMessageContaining("already");
    world.await(engine.clearSnapshot("t-1", "one"));
    assertThat(files.list("n/data/t-1/snapshots")).isEmpty();
    world.await(engine.snapshot(TABLE, "two"));
    world.await(engine.dropTable(TABLE));
    assertThat(engine.snapshots()).hasSize(1);
    world.await(engine.clearSnapshot("t-1", "two"));
    assertThat(engine.snapshots()).isEmpty();
    assertThatThrownBy(() -> engine.clearSnapshot("..", "two"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDirectoryIsOpenedOnceAndANewerFormatIsRefused() throws IOException {
    assertThatThrownBy(this::open).hasMessageContaining("in use");
    world.await(engine.closeAsync());
    String manifest =
        "n/data/"
            + files.list("n/data").stream()
                .filter(n -> n.startsWith("manifest"))
                .findFirst()
                .orElseThrow();
    byte[] bytes = files.bytes(manifest);
    bytes[11]++;
    files.setBytes(manifest, bytes);
    assertThatThrownBy(this::open).hasMessageContaining("version 2");
    bytes[11]--;
    files.setBytes(manifest, bytes);
    open();
    assertThat(read()).isEmpty();
  }
}

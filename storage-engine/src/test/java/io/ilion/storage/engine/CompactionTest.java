package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.NeedlessCells;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Compactions of an engine in a simulated world. */
class CompactionTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final int VALUE_BYTES = 300;

  private SimulatedWorld world = new SimulatedWorld(1);
  private SimulatedNode node = world.addNode();
  private final Random random = new Random(1);
  private Engine engine;
  private int laneCount;
  private long compactionBytesPerSecond;
  private int compactors = 2;
  private long memtableBytes = 64 << 20;

  private static Map<String, String> strategy(String name, String... pairs) {
    Map<String, String> map = new TreeMap<>();
    map.put("class", name + "CompactionStrategy");
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static TableOptions options(Map<String, String> compaction, long gcGraceSeconds) {
    return new TableOptions(TABLE, "t-1", gcGraceSeconds, 0.01, compaction, Map.of(), 1);
  }

  /** Which deletions are on other replicas too. */
  private PurgeHorizon horizon = PurgeHorizon.ALL;

  /** Which cells nobody needs; null if each is needed. */
  private NeedlessCells needless;

  private void open(int lanes) throws IOException {
    EngineConfig base = EngineConfig.of("n", 1 << 20);
    NodeRuntime runtime = node.start(lanes);
    laneCount = lanes;
    engine =
        Engine.open(
            new EngineConfig(
                base.dataDirectory(),
                base.commitLogDirectory(),
                EngineConfig.SyncMode.PERIODIC,
                0,
                SECOND,
                1 << 20,
                1 << 30,
                memtableBytes,
                1 << 20,
                compactors,
                compactionBytesPerSecond),
            runtime,
            new PurgeHorizon.Source() {
              @Override
              public PurgeHorizon of(UUID tableId) {
                return horizon;
              }

              @Override
              public NeedlessCells needless(UUID tableId) {
                return needless;
              }
            },
            failure -> {
              throw new AssertionError("the node stopped", failure);
            });
  }

  private void begin(int lanes, Map<String, String> compaction, long gcGraceSeconds)
      throws IOException {
    open(lanes);
    world.await(engine.putTable(options(compaction, gcGraceSeconds)));
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  private void apply(byte[] key, byte[] update) {
    SmallEngines.apply(world, engine, Murmur3.token(key), update);
  }

  private void put(int number, long timestamp, int ttl) {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    UpdateWriter writer = new UpdateWriter().begin(TABLE, key(number));
    long expiresAt = node.clock().wallSeconds() + ttl;
    writer.rowWriter().liveness(timestamp, ttl, ttl == 0 ? 0 : expiresAt);
    writer.rowWriter().cell(1, null, timestamp, ttl, ttl == 0 ? 0 : expiresAt, value);
    writer.row(new byte[] {0x20, 1});
    apply(key(number), writer.toByteArray());
  }

  private void delete(int number, long timestamp) {
    UpdateWriter writer = new UpdateWriter().begin(TABLE, key(number));
    writer.partitionDeletion(timestamp, node.clock().wallSeconds());
    apply(key(number), writer.toByteArray());
  }

  private long now() {
    return node.clock().wallSeconds();
  }

  private void flush() {
    world.await(engine.flush(TABLE));
  }

  /** Writes and flushes rows of all keys below a number. */
  private void fill(int keys, long timestamp) {
    for (int i = 0; i < keys; i++) {
      put(i, timestamp, 0);
    }
    flush();
  }

  private List<String> read() {
    List<String> lines = new ArrayList<>();
    for (int lane = 0; lane < laneCount; lane++) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(ReadCommand.range(TABLE, PartitionRange.ALL, Slices.ALL), sink);
      world.until(sink::isOver);
      lines.addAll(sink.lines());
    }
    return lines;
  }

  private int files() {
    return Math.toIntExact(engine.statistics().get(0).sstables());
  }

  private Set<String> names() {
    Set<String> names = new HashSet<>();
    for (String path : node.files().paths()) {
      if (path.startsWith("n/data/t-1/")) {
        names.add(path.substring("n/data/t-1/".length()));
      }
    }
    return names;
  }

  /** A file of the closed engine. */
  private record Stored(ManifestState.LiveFile live, TableFile file) {}

  /** Closes the engine and says what it left. */
  private List<Stored> close() throws IOException {
    world.await(engine.closeAsync());
    return stored();
  }

  private List<Stored> stored() throws IOException {
    NodeRuntime runtime = node.start(1);
    Manifest manifest = Manifest.open(runtime.files(), "n/data", failure -> {});
    List<Stored> stored = new ArrayList<>();
    SSTableFormat format =
        new SSTableFormat(
            runtime.files(), runtime.scheduler().background(), new BlockCache(1 << 20));
    for (var live : manifest.read(s -> List.copyOf(s.tables.get(TABLE).files.values()))) {
      stored.add(
          new Stored(
              live,
              format.open("n/data/t-1", live.generation(), options(Map.of("class", "x"), 0))));
    }
    manifest.close();
    return stored;
  }

  @Test
  void whatIsWrittenBeforeACompactionBeginsIsNotOlderThanWhatItPurges() throws IOException {
    begin(1, Map.of("class", "SizeTieredCompactionStrategy"), 3600);
    delete(1, 1_000);
    flush();
    CompletionStage<Void> compacted = engine.compact(TABLE);
    world.until(() -> !engine.compactions().isEmpty());
    // The files are picked. Now comes what the deletion hides, and the machine is suspended.
    UpdateWriter late = new UpdateWriter().begin(TABLE, key(1));
    late.rowWriter().liveness(999);
    late.row(new byte[] {0x20, 1});
    engine.lane(0).apply(Murmur3.token(key(1)), late.toByteArray(), failure -> {});
    node.clock().jump(7200 * 1_000_000L);
    world.await(compacted);
    assertThat(read()).noneMatch(line -> line.startsWith("row"));
  }

  @Test
  void unifiedCutsItsOutputAtShards() throws IOException {
    begin(
        2,
        strategy("Unified", "min_sstable_size", "0B", "base_shard_count", "4", "enabled", "false"),
        0);
    fill(500, 10);
    fill(500, 20);
    List<String> before = read();
    world.await(engine.compact(TABLE));
    assertThat(files()).isEqualTo(8);
    assertThat(read()).isEqualTo(before);
    for (Stored stored : close()) {
      // A quarter of the ring each.
      assertThat(stored.file.firstToken() >> 62).isEqualTo(stored.file.lastToken() >> 62);
    }
  }

  @Test
  void leveledCutsItsOutputBySizeAndKeepsItsLevelsOverAStart() throws IOException {
    begin(1, strategy("Leveled", "sstable_size_in_mb", "1"), 0);
    for (int round = 0; round < 6; round++) {
      fill(4_000, round);
    }
    world.run(2 * MINUTE);
    assertThat(engine.compactions()).isEmpty();
    assertLevels(close());
    open(1);
    fill(4_000, 100);
    fill(4_000, 101);
    world.run(2 * MINUTE);
    assertThat(read()).hasSize(8_000);
    assertLevels(close());
  }

  /** Reads single rows of keys below a number at random. */
  private void readRows(int keys, int count) {
    for (int i = 0; i < count; i++) {
      byte[] key = key(random.nextInt(keys));
      long token = Murmur3.token(key);
      TextSink sink = new TextSink();
      Slices row = Slices.row(new byte[] {0x20, 1});
      engine
          .lane(engine.laneOf(token))
          .read(ReadCommand.row(TABLE, key, token, row, new int[] {1}), sink);
      world.until(sink::isOver);
    }
  }

  /** Three files: of each key one row, and of more than half of them another in each file. */
  private void overwrite(int keys) {
    fill(keys, 10);
    for (int timestamp = 20; timestamp <= 30; timestamp += 10) {
      for (int key = 0; key < keys; key++) {
        if (random.nextInt(10) < 6) {
          put(key, timestamp, 0);
        }
      }
      flush();
    }
  }

  @Test
  void readsThatMissWhatOlderCopiesDisplaceHaveThemMerged() throws IOException {
    begin(1, strategy("Unified"), 0);
    overwrite(2_400);
    List<String> before = read();
    assertThat(files()).isEqualTo(3);
    readRows(2_400, 300);
    assertThat(files()).isEqualTo(3);
    readRows(2_400, 12_000);
    world.run(MINUTE);
    assertThat(files()).isEqualTo(1);
    assertThat(read()).isEqualTo(before);
    assertThat(engine.compactionControl().history())
        .singleElement()
        .satisfies(one -> assertThat(one.kind()).isEqualTo("compaction for reads"));
    readRows(2_400, 300);
    long misses = misses();
    readRows(2_400, 1_000);
    assertThat(misses() - misses).isLessThan(50);
  }

  private long misses() {
    var cache = engine.cache();
    return cache.requests() - cache.hits();
  }

  @Test
  void whatFitsIntoTheCacheInPartIsMergedForReadsLater() throws IOException {
    begin(1, strategy("Unified"), 0);
    overwrite(4_800);
    readRows(4_800, 300);
    long before = misses();
    readRows(4_800, 300);
    before = misses() - before;
    world.run(MINUTE);
    assertThat(files()).isEqualTo(3);
    readRows(4_800, 15_000);
    world.run(MINUTE);
    assertThat(files()).isEqualTo(1);
    readRows(4_800, 300);
    long after = misses();
    readRows(4_800, 300);
    assertThat(misses() - after).isLessThan(before * 3 / 4);
  }

  @Test
  void whatIsManyTimesTheCacheIsNotMergedForReads() throws IOException {
    begin(1, strategy("Unified"), 0);
    overwrite(15_000);
    readRows(15_000, 15_000);
    world.run(MINUTE);
    assertThat(files()).isEqualTo(3);
  }

  @Test
  void filesOfOtherPartitionsAreNotMergedForReads() throws IOException {
    begin(1, strategy("Unified"), 0);
    for (int part = 0; part < 3; part++) {
      for (int i = 0; i < 1_600; i++) {
        put(part * 1_600 + i, 10, 0);
      }
      flush();
    }
    readRows(4_800, 15_000);
    world.run(MINUTE);
    assertThat(files()).isEqualTo(3);
  }

  private static void assertLevels(List<Stored> all) {
    List<Stored> level = all.stream().filter(s -> s.live.level() == 1).toList();
    assertThat(level).hasSizeGreaterThan(1);
    List<TableFile> files =
        level.stream()
            .map(Stored::file)
            .sorted(Comparator.comparingLong(TableFile::firstToken))
            .toList();
    for (int i = 0; i < files.size(); i++) {
      assertThat(files.get(i).bytes()).isLessThan(1_400_000);
      assertThat(i == 0 || files.get(i).firstToken() > files.get(i - 1).lastToken()).isTrue();
    }
  }

  @Test
  void theLimitHoldsForAllCompactionsTogetherAndForNothingElse() throws IOException {
    compactionBytesPerSecond = 100_000;
    begin(2, strategy("SizeTiered", "enabled", "false"), 0);
    fill(2_000, 10);
    fill(2_000, 20);
    long bytes = 2_000 * VALUE_BYTES;
    long began = world.nanos();
    CompletableFuture<Void> done = engine.compact(TABLE).toCompletableFuture();
    world.run(SECOND);
    // Both lanes compact, and none of this waits for them.
    assertThat(engine.compactions()).hasSize(2);
    long flushed = world.nanos();
    fill(100, 30);
    assertThat(world.nanos() - flushed).isLessThan(SECOND);
    assertThat(read()).hasSize(4_000);
    assertThat(done).isNotDone();
    world.await(done);
    double seconds = (world.nanos() - began) / 1e9;
    assertThat(seconds).isBetween(0.7 * bytes / 100_000, 2.0 * bytes / 100_000);
  }

  @Test
  void compactionsThatAwaitTheLimitStopAtOnce() throws IOException {
    compactionBytesPerSecond = 1_000;
    begin(2, strategy("SizeTiered", "enabled", "false"), 0);
    fill(2_000, 10);
    fill(2_000, 20);
    engine.compact(TABLE);
    world.run(5 * SECOND);
    assertThat(engine.compactions()).hasSize(2);
    Set<String> written = names();
    world.await(engine.truncate(TABLE));
    world.until(() -> engine.compactions().isEmpty());
    world.run(SECOND);
    assertThat(names()).isEmpty();
    assertThat(written).isNotEmpty();
    fill(2_000, 30);
    fill(2_000, 40);
    engine.compact(TABLE);
    world.run(5 * SECOND);
    assertThat(engine.compactions()).hasSize(2);
    long began = world.nanos();
    assertThat(close()).hasSize(4);
    assertThat(world.nanos() - began).isLessThan(SECOND);
    open(2);
    assertThat(names()).hasSize(4);
    assertThat(read()).hasSize(4_000);
  }

  @Test
  void progressIsToldAndNoMoreRunThanThereAreCompactors() throws IOException {
    compactionBytesPerSecond = 100_000;
    compactors = 2;
    begin(3, strategy("SizeTiered"), 0);
    for (int i = 0; i < 4; i++) {
      fill(1_000, i);
    }
    int most = 0;
    Map<UUID, Long> progress = new TreeMap<>();
    for (int i = 0; i < 4_000; i++) {
      world.run(SECOND / 100);
      List<CompactionProgress> running = engine.compactions();
      most = Math.max(most, running.size());
      for (CompactionProgress p : running) {
        assertThat(p.completedBytes()).isBetween(0L, p.totalBytes());
        Long before = progress.put(p.id(), p.completedBytes());
        assertThat(before == null || before <= p.completedBytes()).isTrue();
        assertThat(p.tableId()).isEqualTo(TABLE);
        assertThat(p.targetDirectory()).isEqualTo("n/data/t-1");
      }
    }
    assertThat(most).isEqualTo(2);
    assertThat(engine.compactions()).isEmpty();
    assertThat(progress).hasSize(3);
  }

  @Test
  void anotherStrategyBeginsAtOnce() throws IOException {
    begin(1, strategy("SizeTiered", "enabled", "false"), 0);
    for (int i = 0; i < 5; i++) {
      fill(100, i);
    }
    world.run(5 * MINUTE);
    assertThat(files()).isEqualTo(5);
    for (String name : List.of("SizeTiered", "Leveled", "TimeWindow", "Unified")) {
      for (int i = 0; i < 5; i++) {
        fill(100, 100 + i);
      }
      world.await(engine.putTable(options(strategy(name), 0)));
      world.run(10 * SECOND);
      assertThat(files()).describedAs(name).isLessThan(5);
      world.await(engine.putTable(options(strategy(name, "enabled", "false"), 0)));
    }
    assertThat(read()).hasSize(200);
  }

  @Test
  void filesOfAnotherNumberOfLanesAreRewritten() throws IOException {
    begin(3, strategy("SizeTiered"), 0);
    fill(300, 10);
    fill(300, 20);
    Set<String> lines = new HashSet<>(read());
    Set<String> before = names();
    close();
    open(2);
    assertThat(new HashSet<>(read())).isEqualTo(lines);
    world.run(2 * MINUTE);
    assertThat(names()).doesNotContainAnyElementsOf(before).hasSize(files());
    assertThat(new HashSet<>(read())).isEqualTo(lines);
    assertThat(close()).allMatch(stored -> stored.live.isOf(2));
  }

  @Test
  void withoutRoomACompactionIsPutOffOrDoneWithFewerFiles() throws IOException {
    begin(1, strategy("SizeTiered"), 0);
    node.files().setUsable(100_000);
    for (int i = 0; i < 4; i++) {
      fill(300, i);
    }
    world.run(3 * MINUTE);
    assertThat(files()).isEqualTo(4);
    node.files().setUsable(350_000);
    world.run(3 * MINUTE);
    // Three of four, and then there is too little for the rule.
    assertThat(files()).isEqualTo(2);
    node.files().setUsable(1L << 40);
    world.await(engine.compact(TABLE));
    assertThat(files()).isEqualTo(1);
    assertThat(read()).hasSize(600);
  }

  @Test
  void compactingAllWithoutRoomForAllEnds() throws IOException {
    begin(
        1,
        strategy("Unified", "min_sstable_size", "0B", "base_shard_count", "8", "enabled", "false"),
        0);
    for (int i = 0; i < 4; i++) {
      fill(300, i);
    }
    // Two of them, cut into eight: there are more files than before.
    node.files().setUsable(250_000);
    world.await(engine.compact(TABLE));
    assertThat(files()).isGreaterThan(4);
    assertThat(read()).hasSize(600);
    node.files().setUsable(1L << 40);
    world.await(engine.compact(TABLE));
    assertThat(files()).isEqualTo(8);
    assertThat(read()).hasSize(600);
  }

  @Test
  void whatExpiredAsAWholeIsDroppedUnread() throws IOException {
    begin(
        1,
        strategy(
            "TimeWindow",
            "compaction_window_unit",
            "MINUTES",
            "expired_sstable_check_frequency_seconds",
            "60"),
        60);
    for (int i = 0; i < 100; i++) {
      put(i, 10, 60);
    }
    flush();
    assertThat(files()).isEqualTo(1);
    world.run(100 * SECOND);
    assertThat(files()).isEqualTo(1);
    world.run(3 * MINUTE);
    assertThat(files()).isZero();
    assertThat(names()).isEmpty();
    assertThat(close()).isEmpty();
  }

  @Test
  void aFileOfManyDeletionsIsRewrittenAlone() throws IOException {
    for (String repaired : List.of("false", "true")) {
      world = new SimulatedWorld(2);
      node = world.addNode();
      begin(
          1,
          strategy(
              "SizeTiered",
              "tombstone_compaction_interval",
              "300",
              "only_purge_repaired_tombstones",
              repaired),
          60);
      for (int i = 0; i < 100; i++) {
        put(i, 10, 0);
        delete(i + 100, 10);
      }
      flush();
      world.run(4 * MINUTE);
      assertThat(read()).hasSize(300);
      world.run(3 * MINUTE);
      assertThat(files()).isEqualTo(1);
      assertThat(read()).hasSize("true".equals(repaired) ? 300 : 200);
    }
  }

  @Test
  void deletionsStayWhileOlderDataIsInAFileThatIsNotCompacted() throws IOException {
    begin(1, strategy("SizeTiered", "min_sstable_size", "1", "min_threshold", "2"), 0);
    fill(600, 10);
    world.run(2 * SECOND);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 50; i++) {
        delete(i, 20 + round);
      }
      flush();
      world.run(10 * SECOND);
    }
    // The two small files became one; the large one still has what they delete.
    assertThat(files()).isEqualTo(2);
    assertThat(read()).hasSize(50 + 550 * 2);
    world.await(engine.compact(TABLE));
    assertThat(read()).hasSize(550 * 2);
  }

  @Test
  void deletionsStayWhereOtherReplicasMayHaveMissedThem() throws IOException {
    horizon = PurgeHorizon.NOTHING;
    begin(2, strategy("SizeTiered"), 0);
    for (int i = 0; i < 200; i++) {
      delete(i, 20);
    }
    flush();
    world.run(2 * SECOND);
    world.await(engine.compact(TABLE));
    assertThat(read()).hasSize(200);
    // Half of the ring was repaired, after the deletions.
    horizon = PurgeHorizon.of(new long[] {0}, new long[] {Long.MIN_VALUE, now()});
    int left = (int) IntStream.range(0, 200).filter(i -> Murmur3.token(key(i)) < 0).count();
    world.await(engine.compact(TABLE));
    assertThat(read()).hasSize(left);
    // The other half too, but before them.
    horizon = PurgeHorizon.of(new long[] {0}, new long[] {now() - 3600, now()});
    world.await(engine.compact(TABLE));
    assertThat(read()).hasSize(left);
    horizon = PurgeHorizon.of(new long[0], new long[] {now()});
    world.await(engine.compact(TABLE));
    assertThat(read()).isEmpty();
  }

  @Test
  void cellsThatNobodyNeedsGo() throws IOException {
    long[] before = {Long.MIN_VALUE};
    needless =
        (token, key, keyOffset, keyLength) -> key[keyOffset + 1] == 1 ? before[0] : Long.MIN_VALUE;
    begin(1, strategy("SizeTiered"), 0);
    fill(300, 10);
    fill(100, 30);
    List<String> all = read();
    world.await(engine.compact(TABLE));
    assertThat(read()).isEqualTo(all);
    before[0] = 20;
    world.await(engine.compact(TABLE));
    // Each partition is a line, and its row another.
    assertThat(read()).hasSize(100 * 2).isSubsetOf(all);
    before[0] = 40;
    world.await(engine.compact(TABLE));
    assertThat(files()).isZero();
  }

  @Test
  void whatExpiredAsAWholeStaysUntilItIsEverywhere() throws IOException {
    horizon = PurgeHorizon.NOTHING;
    begin(
        1,
        strategy(
            "TimeWindow",
            "compaction_window_unit",
            "MINUTES",
            "expired_sstable_check_frequency_seconds",
            "60"),
        60);
    for (int i = 0; i < 100; i++) {
      put(i, 10, 60);
    }
    flush();
    world.run(10 * MINUTE);
    assertThat(files()).isEqualTo(1);
    horizon = PurgeHorizon.of(new long[0], new long[] {now()});
    world.run(3 * MINUTE);
    assertThat(files()).isZero();
  }

  @Test
  void aCrashAtAnyCallLeavesTheInputsOrTheOutputs() throws IOException {
    int crashes = 0;
    for (int calls = 1; calls < 60; calls++) {
      world = new SimulatedWorld(calls);
      node = world.addNode();
      boolean lanesChange = calls % 2 == 0;
      begin(
          2,
          strategy(
              "Unified", "min_sstable_size", "0B", "base_shard_count", "2", "enabled", "false"),
          0);
      fill(60, 10);
      fill(60, 20);
      List<String> before = read();
      if (lanesChange) {
        close();
        open(3);
      }
      node.files().stopAfter(calls);
      if (!lanesChange) {
        engine.compact(TABLE);
      }
      for (int i = 0; i < 3_000 && node.isRunning() && world.step(); i++) {
        // The node runs into its end.
        crashes += node.isRunning() ? 0 : 1;
      }
      node.files().neverStop();
      node.crash();
      open(lanesChange ? 3 : 2);
      assertThat(new HashSet<>(read()))
          .describedAs("after %d calls", calls)
          .isEqualTo(new HashSet<>(before));
      world.run(2 * MINUTE);
      assertThat(new HashSet<>(read()))
          .describedAs("after %d calls", calls)
          .isEqualTo(new HashSet<>(before));
      Set<String> stored = new HashSet<>();
      close()
          .forEach(
              s ->
                  stored.addAll(
                      new SSTableFormat(null, Runnable::run, null).fileNames(s.file.generation())));
      assertThat(names()).describedAs("after %d calls", calls).isEqualTo(stored);
    }
    assertThat(crashes).isGreaterThan(30);
  }

  @Test
  void aCrashWhileATruncationMeetsAFlushOrCompactionLeavesWhatTheManifestNames()
      throws IOException {
    for (int seed = 1; seed <= 1600; seed++) {
      world = new SimulatedWorld(seed);
      node = world.addNode();
      begin(2, strategy("SizeTiered", "enabled", "false"), 0);
      fill(4, 10);
      put(1, 20, 0);
      put(2, 20, 0);
      if (seed % 2 == 0) {
        engine.flush(TABLE);
      } else {
        engine.compact(TABLE);
      }
      Random steps = new Random(seed);
      for (int i = steps.nextInt(seed % 2 == 0 ? 20 : 60); i > 0; i--) {
        world.step();
      }
      CompletionStage<Void> truncation =
          seed % 4 < 2 ? engine.truncate(TABLE) : engine.dropTable(TABLE);
      // Without room the manifest cannot say for long that the files have gone.
      for (int i = steps.nextInt(6); i > 0; i--) {
        world.step();
      }
      node.files().setFull(seed % 8 < 4);
      for (int i = steps.nextInt(60); i > 0; i--) {
        world.step();
      }
      CompletableFuture<Void> end = truncation.toCompletableFuture();
      boolean truncated = end.isDone() && !end.isCompletedExceptionally();
      node.crash();
      node.files().setFull(false);
      assertThatCode(() -> open(2)).describedAs("seed %d", seed).doesNotThrowAnyException();
      if (truncated && seed % 4 < 2) {
        assertThat(read()).describedAs("seed %d", seed).isEmpty();
      }
      world.await(engine.closeAsync());
    }
  }
}

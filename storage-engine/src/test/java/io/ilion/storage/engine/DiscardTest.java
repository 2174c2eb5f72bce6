package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What is discarded is gone for good, whatever runs beside it; all else stays. */
class DiscardTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final int KEYS = 400;
  private static final int SLOW = 20_000;
  private static final long SECOND = 1_000_000_000L;
  private static final Map<String, String> MERGED =
      Map.of("class", "SizeTieredCompactionStrategy", "min_threshold", "2");
  private static final Map<String, String> IN_WINDOWS =
      Map.of(
          "class", "TimeWindowCompactionStrategy",
          "compaction_window_unit", "MINUTES",
          "compaction_window_size", "1");

  /** A run of an engine, and what it has to have. */
  private static final class Run {
    final SimulatedWorld world;
    final SimulatedNode node;
    final SimulatedRandom random;
    final Map<Integer, Long> model = new HashMap<>();
    NodeRuntime runtime;
    Engine engine;
    long clock;

    Run(long seed) throws IOException {
      this(seed, MERGED);
    }

    Run(long seed, Map<String, String> compaction) throws IOException {
      world = new SimulatedWorld(seed);
      node = world.addNode();
      random = new SimulatedRandom(seed);
      open(2);
      TableOptions options =
          new TableOptions(TABLE, "t-1", 0, 0.01, compaction, Map.of("class", "LZ4Compressor"), 1);
      world.await(engine.putTable(options));
    }

    void open(int lanes) throws IOException {
      runtime = node.start(lanes);
      engine =
          Engine.open(
              SmallEngines.config(256 << 10, 1 << 20),
              runtime,
              failure -> {
                throw new AssertionError(failure);
              });
    }

    static byte[] key(int key) {
      return ByteBuffer.allocate(4).putInt(key).array();
    }

    void put(int key) {
      clock += 1_000_000;
      long time = clock;
      UpdateWriter writer = new UpdateWriter().begin(TABLE, key(key));
      byte[] value = new byte[200];
      for (int i = 0; i < 50; i++) {
        ByteBuffer.wrap(value).putInt(4 * i, (int) Murmur3.token(key(key * 50 + i)));
      }
      writer.rowWriter().liveness(time).cell(1, null, time, 0, 0, value);
      writer.row(new byte[] {0x20, 1});
      long token = Murmur3.token(key(key));
      SmallEngines.apply(world, engine, token, writer.toByteArray());
      model.put(key, time);
    }

    void delete(int key) {
      clock += 1_000_000;
      UpdateWriter writer = new UpdateWriter().begin(TABLE, key(key));
      writer.partitionDeletion(clock, 0);
      SmallEngines.apply(world, engine, Murmur3.token(key(key)), writer.toByteArray());
      model.remove(key);
    }

    void discard(TokenRange range) {
      world.await(engine.discard(TABLE, List.of(range)));
      model.keySet().removeIf(key -> range.contains(Murmur3.token(key(key))));
    }

    /** In the middle of slow compactions maybe; others begin again with fast or slow ones. */
    void crash() throws IOException {
      if (random.below(2) == 0) {
        engine.compactionControl().setBytesPerSecond(SLOW);
        world.run(random.below(3000) * 1_000_000L);
      }
      node.crash();
      open(1 + random.below(3));
      if (random.below(2) == 0) {
        world.await(engine.flush(TABLE));
      }
      if (random.below(3) == 0) {
        engine.compactionControl().setBytesPerSecond(SLOW);
      }
    }

    /** The files on disk, but for links of snapshots. */
    List<String> files() {
      return node.files().paths().stream()
          .filter(path -> path.endsWith(".v1") && !path.contains("/snapshots/"))
          .toList();
    }

    /** How many partitions a lane has anything of. */
    int partitions(int lane) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(ReadCommand.range(TABLE, PartitionRange.ALL, Slices.ALL), sink);
      world.until(sink::isOver);
      return (int) sink.lines().stream().filter(line -> line.startsWith("partition")).count();
    }

    void check() {
      int found = 0;
      for (int lane = 0; lane < runtime.scheduler().laneCount(); lane++) {
        found += partitions(lane);
      }
      assertThat(found).isEqualTo(model.size());
    }
  }

  @Test
  void whatComesWhileFilesAreCleanedStays() throws IOException {
    Run run = new Run(1);
    TokenRange all = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);
    for (int key = 0; key < 50; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    CompletionStage<Void> cleaned = run.engine.discardFlushed(TABLE, () -> List.of(all));
    run.model.clear();
    for (int key = 50; key < 100; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    run.world.await(cleaned);
    run.check();
    run.node.crash();
    run.open(2);
    run.check();
  }

  @Test
  void whatIsCompactedWhileACleanupBeginsIsCleanedToo() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 50; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    for (int key = 0; key < 50; key++) {
      run.put(key);
    }
    run.node.kill();
    run.open(2);
    // The tables of the schema, which keep the manifest busy, and what waits for it.
    for (int other = 0; other < 50; other++) {
      UUID id = new UUID(7, 100 + other);
      run.engine.putTable(SmallEngines.table(id, 0)).whenComplete((done, failure) -> {});
    }
    run.world.await(run.engine.flush(TABLE));
    // The flush has brought the second file, and so begun a compaction.
    TokenRange upper = new TokenRange(0, Long.MAX_VALUE);
    run.world.await(run.engine.discardFlushed(TABLE, () -> List.of(upper)));
    run.model.keySet().removeIf(key -> upper.contains(Murmur3.token(Run.key(key))));
    run.check();
    run.world.until(() -> run.engine.isClean(TABLE));
    run.node.crash();
    run.open(2);
    run.check();
  }

  @Test
  void whatIsWrittenAfterADiscardAndACrashStays() throws IOException {
    Run run = new Run(1);
    TokenRange upper = new TokenRange(0, Long.MAX_VALUE);
    // So slow that compactions have begun their files, and never end them.
    run.engine.compactionControl().setBytesPerSecond(100);
    for (int round = 0; round < 2; round++) {
      for (int key = 0; key < 200; key++) {
        if (!upper.contains(Murmur3.token(Run.key(key)))) {
          run.put(key);
        }
      }
      run.world.await(run.engine.flush(TABLE));
    }
    run.world.run(1_000_000_000L);
    assertThat(run.engine.compactions()).isNotEmpty();
    // The range comes back to this node, part by part: whatever was left of it counts no more. Each
    // time the compactions that are under way end without a result, and begin again.
    for (int part = 0; part < 4; part++) {
      run.world.run(1_000_000_000L);
      run.discard(new TokenRange(part * (Long.MAX_VALUE / 4), (part + 1) * (Long.MAX_VALUE / 4)));
    }
    run.check();
    for (int key = 200; key < 210; key++) {
      run.put(key);
    }
    run.check();
    run.node.crash();
    run.open(2);
    run.check();
    run.world.await(run.engine.flush(TABLE));
    run.check();
  }

  @Test
  void whatWasDiscardedBeforeASnapshotDoesNotComeBackWithIt() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 3000; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    // So slow that no file is rewritten before the snapshot is made.
    run.engine.compactionControl().setBytesPerSecond(100);
    run.discard(new TokenRange(0, Long.MAX_VALUE));
    assertThat(run.engine.isClean(TABLE)).isFalse();
    run.world.await(run.engine.snapshot(TABLE, "s"));
    run.engine.compactionControl().setBytesPerSecond(0);
    run.world.run(60 * SECOND);
    run.check();
    run.world.await(run.engine.restore(TABLE, List.of(), "s"));
    run.check();
  }

  /** A lane has taken its few rows of a file, of which another still has many to take. */
  @Test
  void whatWasPurgedBeforeASnapshotDoesNotComeBackWithIt() throws IOException {
    Run run = new Run(1);
    run.node.kill();
    run.open(1);
    LaneShare first = new LaneShare(2, 0);
    TreeSet<Integer> few = new TreeSet<>();
    for (int key = 0; key < 6000; key++) {
      if (!first.contains(Murmur3.token(Run.key(key)))) {
        run.put(key);
      } else if (few.size() < 20) {
        run.put(key);
        few.add(key);
      }
    }
    run.world.await(run.engine.flush(TABLE));
    run.world.run(10 * SECOND);
    List<String> ofOneLane = run.files();
    run.node.kill();
    run.open(2);
    run.engine.compactionControl().setBytesPerSecond(30_000);
    few.forEach(run::delete);
    run.world.await(run.engine.flush(TABLE));
    run.world.run(8 * SECOND);
    assertThat(run.files()).containsAnyElementsOf(ofOneLane);
    assertThat(run.partitions(0)).isZero();
    run.world.await(run.engine.snapshot(TABLE, "s"));
    run.engine.compactionControl().setBytesPerSecond(0);
    run.world.run(60 * SECOND);
    assertThat(run.files()).doesNotContainAnyElementsOf(ofOneLane);
    run.check();
    run.world.await(run.engine.restore(TABLE, List.of(), "s"));
    run.check();
  }

  @Test
  void aSnapshotThatDoesNotKnowWhatItHidesIsNotRestored() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 100; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    run.engine.compactionControl().setBytesPerSecond(100);
    run.discard(new TokenRange(0, Long.MAX_VALUE));
    run.world.await(run.engine.snapshot(TABLE, "s"));
    List<String> hidden =
        run.node.files().paths().stream().filter(path -> path.endsWith("/s/hidden")).toList();
    assertThat(hidden).hasSize(1);
    run.node.files().corrupt(hidden.getFirst(), 20, 1);
    assertThatThrownBy(() -> run.world.await(run.engine.restore(TABLE, List.of(), "s")))
        .hasStackTraceContaining("/s/hidden is damaged: its checksum does not match");
    run.check();
  }

  /** It would be hidden, and whoever imports has to know. */
  @Test
  void anImportDuringADiscardIsToBeRepeated() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 3000; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    run.world.await(run.engine.snapshot(TABLE, "s"));
    run.node.files().setLatency(SECOND / 100, SECOND / 50);
    CompletionStage<Integer> restored = run.engine.restore(TABLE, List.of(), "s");
    run.discard(new TokenRange(0, Long.MAX_VALUE));
    assertThatThrownBy(() -> run.world.await(restored))
        .hasStackTraceContaining("given up meanwhile");
    run.node.files().setLatency(0, 0);
    run.world.await(run.engine.restore(TABLE, List.of(), "s"));
    for (int key = 0; key < 3000; key++) {
      run.model.put(key, 0L);
    }
    run.check();
  }

  @Test
  void whatIsDiscardedDuringAMajorCompactionStaysGone() throws IOException {
    Run run = new Run(1, IN_WINDOWS);
    run.node.kill();
    run.open(1);
    TokenRange upper = new TokenRange(0, Long.MAX_VALUE);
    // Three windows of time; only the newest has something of the upper half of the ring.
    for (int window = 1; window <= 3; window++) {
      run.clock = window * 3_600_000_000L;
      for (int key = 0; key < 100; key++) {
        if (window == 3 || !upper.contains(Murmur3.token(Run.key(key)))) {
          run.put(key);
        }
      }
      run.world.await(run.engine.flush(TABLE));
    }
    run.engine.compactionControl().setBytesPerSecond(100);
    run.engine.compact(TABLE).whenComplete((done, failure) -> {});
    run.world.run(1_000_000_000L);
    // Both compactors are busy with the older windows, and the newest waits for one.
    assertThat(run.engine.compactions()).hasSize(2);
    run.discard(upper);
    run.check();
    run.engine.compactionControl().setBytesPerSecond(0);
    run.world.run(300_000_000_000L);
    run.check();
    run.node.crash();
    run.open(1);
    run.check();
  }

  @Test
  void aDiskThatWasFullAtTheStartDoesNotKeepTheLogForEver() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 50; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    run.node.kill();
    run.open(2);
    // Nothing is left to be flushed, but the manifest has to say so.
    run.node.files().setFull(true);
    run.world.run(3_000_000_000L);
    run.node.files().setFull(false);
    run.discard(new TokenRange(0, Long.MAX_VALUE));
    run.check();
  }

  @Test
  void aTableIsNotCleanWhileFilesOfOtherLanesHaveWhatIsDiscarded() throws IOException {
    Run run = new Run(1);
    for (int key = 0; key < 50; key++) {
      run.put(key);
    }
    run.world.await(run.engine.flush(TABLE));
    run.node.kill();
    run.open(3);
    // So slow that the lanes have not taken what is theirs when it is discarded.
    run.engine.compactionControl().setBytesPerSecond(100);
    run.discard(new TokenRange(Long.MIN_VALUE, 0));
    assertThat(run.engine.isClean(TABLE)).isFalse();
    run.engine.compactionControl().setBytesPerSecond(0);
    run.world.until(() -> run.engine.isClean(TABLE));
    run.check();
  }

  @Test
  void whatIsDiscardedStaysGoneAndAllElseStays() throws IOException {
    for (long seed = 1; seed <= 12; seed++) {
      Run run = new Run(seed, seed % 2 == 0 ? IN_WINDOWS : MERGED);
      for (int step = 0; step < 30; step++) {
        for (int i = run.random.below(60); i > 0; i--) {
          run.put(run.random.below(KEYS));
        }
        switch (run.random.below(6)) {
          case 0, 1 -> {
            long start = run.random.bits();
            run.discard(new TokenRange(start, start + (run.random.bits() >>> 2)));
          }
          case 2 -> run.world.await(run.engine.flush(TABLE));
          case 3 -> run.engine.compact(TABLE).whenComplete((done, stopped) -> {});
          case 4 -> {
            run.engine.compactionControl().setBytesPerSecond(0);
            run.world.run(run.random.below(100) * 1_000_000L);
          }
          default -> run.crash();
        }
        run.check();
      }
      run.engine.compactionControl().setBytesPerSecond(0);
      run.world.until(() -> run.engine.isClean(TABLE));
      run.check();
      run.discard(new TokenRange(0, 0));
      run.check();
      run.world.run(120_000_000_000L);
      assertThat(run.engine.statistics().get(0).sstables()).as("seed %d", seed).isZero();
    }
  }
}

package io.ilion.storage.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompactionStrategyTest {
  private static final long MIB = 1 << 20;

  private static CompactionFile file(FakeFile file) {
    return new CompactionFile(file, 0, false, 0);
  }

  private static CompactionView view(List<CompactionFile> files, long nowSeconds) {
    return new CompactionView(
        files, List.of(), Long.MAX_VALUE, nowSeconds, 10, true, PurgeHorizon.ALL, true, 10 * MIB);
  }

  private static Map<String, String> options(String... pairs) {
    Map<String, String> map = new java.util.TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static List<Long> picked(Optional<CompactionPlan> plan) {
    return plan.map(p -> p.sources().stream().map(TableFile::generation).sorted().toList())
        .orElse(List.of());
  }

  private static List<CompactionFile> equalFiles(int count, long bytes) {
    List<CompactionFile> files = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      files.add(file(FakeFile.of(i, bytes, i)));
    }
    return files;
  }

  @Test
  void sizeTieredGathersFilesOfLikeSize() {
    CompactionStrategy strategy =
        CompactionStrategy.of(
            options("class", "SizeTieredCompactionStrategy", "min_sstable_size", "0"));
    List<CompactionFile> files = equalFiles(3, 100);
    assertThat(strategy.next(view(files, 0))).isEmpty();
    files.add(file(FakeFile.of(9, 10_000, 9)));
    assertThat(strategy.next(view(files, 0))).isEmpty();
    files.add(file(FakeFile.of(4, 120, 4)));
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(1L, 2L, 3L, 4L);
    assertThat(strategy.next(view(equalFiles(50, 100), 0)).orElseThrow().sources()).hasSize(32);
  }

  private static List<Long> sizeTieredPicks(List<Long> bytes, String... options) {
    List<CompactionFile> files = new ArrayList<>();
    for (int i = 0; i < bytes.size(); i++) {
      files.add(file(FakeFile.of(i + 1, bytes.get(i), i)));
    }
    Map<String, String> map = options(options);
    map.put("class", "SizeTieredCompactionStrategy");
    return picked(CompactionStrategy.of(map).next(view(files, 0)));
  }

  @Test
  void sizeTieredOptionsCount() {
    // Files below 50 MiB are all alike by default, others if near to the average.
    assertThat(sizeTieredPicks(List.of(1L, MIB, 20 * MIB, 49 * MIB))).hasSize(4);
    assertThat(sizeTieredPicks(List.of(1L, MIB, 20 * MIB, 76 * MIB))).isEmpty();
    assertThat(sizeTieredPicks(List.of(100 * MIB, 120 * MIB, 150 * MIB, 180 * MIB))).hasSize(4);
    assertThat(sizeTieredPicks(List.of(100 * MIB, 120 * MIB, 150 * MIB, 190 * MIB))).isEmpty();
    assertThat(
            sizeTieredPicks(
                List.of(100 * MIB, 120 * MIB, 150 * MIB, 190 * MIB), "bucket_high", "2"))
        .hasSize(4);
    assertThat(sizeTieredPicks(List.of(2L, 2L), "min_threshold", "2")).hasSize(2);
    assertThat(sizeTieredPicks(List.of(2L, 2L), "min_threshold", "3")).isEmpty();
    assertThat(
            sizeTieredPicks(
                List.of(9L, 1L, 5L, 3L, 7L), "min_threshold", "2", "max_threshold", "3"))
        .containsExactly(2L, 3L, 4L);
    // The tier with the most files goes first.
    assertThat(
            sizeTieredPicks(
                List.of(100L, 100L, 9_000L, 9_000L, 9_000L),
                "min_threshold",
                "2",
                "min_sstable_size",
                "0"))
        .containsExactly(3L, 4L, 5L);
  }

  @Test
  void leveledGathersLevel0BySizeWhenItHasFallenBehind() {
    CompactionStrategy strategy =
        CompactionStrategy.of(options("class", "LeveledCompactionStrategy"));
    CompactionPlan plan = strategy.next(view(equalFiles(32, 20 * MIB), 0)).orElseThrow();
    assertThat(plan.level()).isEqualTo(1);
    assertThat(plan.sources()).hasSize(32);
    assertThat(plan.split().maxFileBytes()).isEqualTo(160 * MIB);
    plan = strategy.next(view(equalFiles(33, 20 * MIB), 0)).orElseThrow();
    assertThat(plan.level()).isZero();
    assertThat(plan.sources()).hasSize(32);
    LeveledStrategy levels = new LeveledStrategy(new StrategyOptions(options()));
    assertThat(levels.maxBytes(1)).isEqualTo(1600 * MIB);
    assertThat(levels.maxBytes(2)).isEqualTo(16_000 * MIB);
  }

  @Test
  void leveledTakesWhatOverlapsTheLeastAndNothingBusy() {
    LeveledStrategy strategy =
        new LeveledStrategy(
            new StrategyOptions(options("sstable_size_in_mb", "1", "fanout_size", "2")));
    List<CompactionFile> files = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      files.add(new CompactionFile(FakeFile.of(i, MIB, 100 * i, 100 * i + 99, i), 1, false, 0));
    }
    files.add(new CompactionFile(FakeFile.of(10, MIB, 0, 99, 0), 2, false, 0));
    files.add(new CompactionFile(FakeFile.of(11, MIB / 2, 100, 199, 0), 2, false, 0));
    files.add(new CompactionFile(FakeFile.of(12, MIB, 200, 299, 0), 2, false, 0));
    CompactionPlan plan = strategy.next(view(files, 0)).orElseThrow();
    assertThat(picked(Optional.of(plan))).containsExactly(1L, 11L);
    assertThat(plan.level()).isEqualTo(2);
    files.set(4, new CompactionFile(files.get(4).file(), 2, true, 0));
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(0L, 10L);
  }

  @Test
  void aDisabledStrategyCompactsOnlyOnDemand() {
    CompactionStrategy strategy =
        CompactionStrategy.of(options("class", "SizeTieredCompactionStrategy", "enabled", "false"));
    assertThat(strategy.next(view(equalFiles(50, 100), 0))).isEmpty();
    assertThat(strategy.major(view(equalFiles(50, 100), 0))).hasSize(1);
  }

  @Test
  void windowsAreKeptApart() {
    CompactionStrategy strategy =
        CompactionStrategy.of(
            options(
                "class", "TimeWindowCompactionStrategy",
                "compaction_window_unit", "MINUTES",
                "compaction_window_size", "2"));
    long window = 120_000_000;
    List<CompactionFile> files = new ArrayList<>();
    files.add(file(FakeFile.of(1, 100, 10)));
    files.add(file(FakeFile.of(2, 999_999_999, window - 1)));
    files.add(file(FakeFile.of(3, 100, 5 * window)));
    files.add(file(FakeFile.of(4, 100, 5 * window + 1)));
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(1L, 2L);
    assertThat(strategy.major(view(files, 0))).hasSize(2);
    files.add(file(FakeFile.of(5, 100, 5 * window + 2)));
    files.add(file(FakeFile.of(6, 100, 6 * window - 1)));
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(3L, 4L, 5L, 6L);
  }

  @Test
  void timestampsOfAnotherResolutionAreUnderstood() {
    CompactionStrategy strategy =
        CompactionStrategy.of(
            options(
                "class", "TimeWindowCompactionStrategy",
                "compaction_window_unit", "MINUTES",
                "timestamp_resolution", "MILLISECONDS"));
    List<CompactionFile> files = new ArrayList<>();
    files.add(file(FakeFile.of(1, 100, 0)));
    files.add(file(FakeFile.of(2, 100, 59_999)));
    files.add(file(FakeFile.of(3, 100, 60_000)));
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(1L, 2L);
  }

  @Test
  void expiredFilesAreDroppedUnreadUnlessTheyHideSomething() {
    for (String name : List.of("TimeWindow", "Unified", "SizeTiered", "Leveled")) {
      CompactionStrategy strategy =
          CompactionStrategy.of(options("class", name + "CompactionStrategy"));
      List<CompactionFile> files = new ArrayList<>();
      files.add(file(FakeFile.of(1, 100, 10).expiringAt(50)));
      files.add(file(FakeFile.of(2, 100, 20)));
      assertThat(strategy.next(view(files, 60))).isEmpty();
      Optional<CompactionPlan> plan = strategy.next(view(files, 61));
      assertThat(picked(plan)).describedAs(name).containsExactly(1L);
      assertThat(plan.orElseThrow().kind()).isEqualTo(CompactionPlan.Kind.EXPIRED);
      files.add(file(FakeFile.of(3, 100, 5)));
      assertThat(strategy.next(view(files, 61))).isEmpty();
    }
    CompactionStrategy aggressive =
        CompactionStrategy.of(
            options(
                "class", "TimeWindowCompactionStrategy",
                "unsafe_aggressive_sstable_expiration", "true"));
    List<CompactionFile> files = new ArrayList<>();
    files.add(file(FakeFile.of(1, 100, 10).expiringAt(50)));
    files.add(file(FakeFile.of(3, 100, 5)));
    assertThat(picked(aggressive.next(view(files, 61)))).containsExactly(1L);
  }

  @Test
  void aFileOfManyTombstonesIsRewrittenAlone() {
    CompactionStrategy strategy =
        CompactionStrategy.of(options("class", "SizeTieredCompactionStrategy"));
    List<CompactionFile> files = new ArrayList<>();
    files.add(file(FakeFile.of(1, 100, 10).withTombstones(90)));
    assertThat(strategy.next(view(files, 86_400))).isEmpty();
    assertThat(picked(strategy.next(view(files, 86_401)))).containsExactly(1L);
    files.add(file(FakeFile.of(2, 9_000_000, 5)));
    assertThat(strategy.next(view(files, 86_401))).isEmpty();
    CompactionStrategy unchecked =
        CompactionStrategy.of(
            options(
                "class", "SizeTieredCompactionStrategy",
                "unchecked_tombstone_compaction", "true"));
    assertThat(picked(unchecked.next(view(files, 86_401)))).containsExactly(1L);
    assertThat(
            new CompactionView(
                files, List.of(), Long.MAX_VALUE, 86_401, 10, false, PurgeHorizon.ALL, true, 1))
        .matches(view -> unchecked.next(view).isEmpty());
  }

  @Test
  void unifiedScalingParametersAreCassandras() {
    UnifiedStrategy strategy =
        new UnifiedStrategy(new StrategyOptions(options("scaling_parameters", "T8, N, L4, -3, 5")));
    assertThat(List.of(strategy.fanOut(0), strategy.threshold(0))).containsExactly(8, 8);
    assertThat(List.of(strategy.fanOut(1), strategy.threshold(1))).containsExactly(2, 2);
    assertThat(List.of(strategy.fanOut(2), strategy.threshold(2))).containsExactly(4, 2);
    assertThat(List.of(strategy.fanOut(3), strategy.threshold(3))).containsExactly(5, 2);
    assertThat(List.of(strategy.fanOut(9), strategy.threshold(9))).containsExactly(7, 7);
    // A little less than ten times the fan-outs: 71, 142, 568.
    assertThat(strategy.level(70.9 * MIB, 10 * MIB)).isZero();
    assertThat(strategy.level(71 * MIB, 10 * MIB)).isEqualTo(1);
    assertThat(strategy.level(141.9 * MIB, 10 * MIB)).isEqualTo(1);
    assertThat(strategy.level(142 * MIB, 10 * MIB)).isEqualTo(2);
    assertThat(strategy.level(567 * MIB, 10 * MIB)).isEqualTo(2);
    assertThat(strategy.level(568 * MIB, 10 * MIB)).isEqualTo(3);
    // Flushes count as one MiB at least, unless an option says how large they are.
    assertThat(strategy.level(7 * MIB, 10)).isZero();
    assertThat(unified("flush_size_override", "5MiB").level(15 * MIB, 1)).isZero();
    assertThat(unified("flush_size_override", "5MiB").level(15.5 * MIB, 1)).isEqualTo(1);
  }

  @Test
  void unifiedShardCountsAreCassandras() {
    UnifiedStrategy strategy =
        new UnifiedStrategy(
            new StrategyOptions(options("sstable_growth", "0.5", "min_sstable_size", "100MiB")));
    assertThat(strategy.shards(99 * MIB)).isEqualTo(1);
    assertThat(strategy.shards(200 * MIB)).isEqualTo(2);
    assertThat(strategy.shards(400 * MIB)).isEqualTo(4);
    assertThat(strategy.shards(4 * 1024 * MIB)).isEqualTo(4);
    assertThat(strategy.shards(16 * 1024 * MIB)).isEqualTo(8);
    assertThat(strategy.shards(64 * 1024 * MIB)).isEqualTo(16);
    UnifiedStrategy fixed =
        new UnifiedStrategy(new StrategyOptions(options("sstable_growth", "1")));
    assertThat(fixed.shards(1e15)).isEqualTo(4);
  }

  private static UnifiedStrategy unified(String... pairs) {
    return new UnifiedStrategy(new StrategyOptions(options(pairs)));
  }

  @Test
  void unifiedUnderstandsSizesAsPeopleWriteThem() {
    assertThat(unified("target_sstable_size", "1GB", "sstable_growth", "0").shards(16e9))
        .isEqualTo(16);
    assertThat(unified("target_sstable_size", "1 GB", "sstable_growth", "50%").shards(64e9))
        .isEqualTo(16);
    assertThat(unified("target_sstable_size", "1*2^20B", "sstable_growth", "0").shards(1 << 30))
        .isEqualTo(1024);
    assertThat(unified("min_sstable_size", "0B", "base_shard_count", "6").shards(1)).isEqualTo(6);
    assertThat(unified("min_sstable_size", "1MiB", "base_shard_count", "6").shards(5 * MIB))
        .isEqualTo(2);
  }

  @Test
  void optionsBeyondReasonDoNoHarm() {
    for (String scaling : List.of(",", "T2147483647", "-2147483648", "2147483647")) {
      UnifiedStrategy strategy = unified("scaling_parameters", scaling);
      assertThat(strategy.level(1e18, 1)).describedAs(scaling).isLessThan(60);
      assertThat(strategy.threshold(3)).describedAs(scaling).isPositive();
    }
    UnifiedStrategy strategy =
        unified("target_sstable_size", "NaNB", "base_shard_count", "2147483647");
    assertThat(strategy.shards(1e30)).isBetween(1, 1 << 20);
    LeveledStrategy leveled =
        new LeveledStrategy(
            new StrategyOptions(options("sstable_size_in_mb", "2147483647", "fanout_size", "1")));
    assertThat(leveled.maxBytes(8)).isPositive();
    assertThat(leveled.next(view(equalFiles(60, MIB), 0))).isPresent();
  }

  @Test
  void unifiedTakesWhatOverlapsOnly() {
    CompactionStrategy strategy =
        CompactionStrategy.of(options("class", "UnifiedCompactionStrategy"));
    List<CompactionFile> files = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      files.add(file(FakeFile.of(i, MIB, 0, Long.MAX_VALUE / 2, i)));
      files.add(file(FakeFile.of(10 + i, MIB, Long.MIN_VALUE, -1, i)));
    }
    files.removeLast();
    assertThat(picked(strategy.next(view(files, 0)))).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void unifiedTakesTheOldestWhenItIsLate() {
    assertThat(unifiedPicks(3, "scaling_parameters", "T4")).isEmpty();
    assertThat(unifiedPicks(4, "scaling_parameters", "T4")).hasSize(4);
    // A bit late: all at once, but for what one compaction may take.
    assertThat(unifiedPicks(6, "scaling_parameters", "T4")).hasSize(6);
    assertThat(unifiedPicks(16, "scaling_parameters", "T4")).hasSize(16);
    assertThat(unifiedPicks(16, "max_sstables_to_compact", "5"))
        .containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(unifiedPicks(16, "max_sstables_to_compact", "2")).containsExactly(1L, 2L, 3L, 4L);
    // Very late: as if it had been in time.
    assertThat(unifiedPicks(55, "scaling_parameters", "T4")).hasSize(16).contains(1L, 16L);
    assertThat(unifiedPicks(500, "max_sstables_to_compact", "0")).hasSize(256);
    assertThat(unifiedPicks(55, "scaling_parameters", "L4")).hasSize(32);
    assertThat(unifiedPicks(2, "scaling_parameters", "L4")).hasSize(2);
    assertThat(unifiedPicks(1, "scaling_parameters", "L4")).isEmpty();
    assertThat(unifiedPicks(2, "scaling_parameters", "N")).hasSize(2);
  }

  private static List<Long> unifiedPicks(int files, String... options) {
    return picked(unified(options).next(view(equalFiles(files, MIB), 0)));
  }

  @Test
  void unifiedOverlapsAreIncludedAsTheOptionSays() {
    // Three at the beginning, of which one reaches to a fourth, and that to a fifth.
    List<CompactionFile> files = new ArrayList<>();
    files.add(file(FakeFile.of(1, 1_000, 0, 1L << 60, 1)));
    files.add(file(FakeFile.of(2, 1_000, 0, 1L << 60, 1)));
    files.add(file(FakeFile.of(3, 1_000, 0, 1L << 61, 2)));
    files.add(file(FakeFile.of(4, 1_000, (1L << 60) + 1, 1L << 62, 3)));
    files.add(file(FakeFile.of(5, 1_000, (1L << 61) + 1, Long.MAX_VALUE, 4)));
    record Case(String reach, List<Long> picked) {}
    for (Case c :
        List.of(
            new Case("none", List.of(1L, 2L, 3L)),
            new Case("SINGLE", List.of(1L, 2L, 3L, 4L)),
            new Case("Transitive", List.of(1L, 2L, 3L, 4L, 5L)))) {
      UnifiedStrategy strategy =
          unified("scaling_parameters", "T3", "overlap_inclusion_method", c.reach);
      assertThat(picked(strategy.next(view(files, 0)))).describedAs(c.reach).isEqualTo(c.picked);
    }
  }

  @Test
  void leveledBringsFlushesIntoLevelsThatDoNotOverlap() {
    LeveledStrategy strategy =
        new LeveledStrategy(new StrategyOptions(options("sstable_size_in_mb", "10")));
    List<CompactionFile> files = equalFiles(3, 5 * MIB);
    CompactionPlan plan = strategy.next(view(files, 0)).orElseThrow();
    assertThat(plan.level()).isEqualTo(1);
    assertThat(plan.split().maxFileBytes()).isEqualTo(10 * MIB);
    // Small flushes stay in level 0.
    plan = strategy.next(view(equalFiles(4, MIB), 0)).orElseThrow();
    assertThat(plan.level()).isZero();
    assertThat(strategy.next(view(equalFiles(3, MIB), 0))).isEmpty();
    // With nothing below a file only moves.
    List<CompactionFile> full = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      full.add(new CompactionFile(FakeFile.of(i, 10 * MIB, i * 10, i * 10 + 9, i), 1, false, 0));
    }
    plan = strategy.next(view(full, 0)).orElseThrow();
    assertThat(plan.kind()).isEqualTo(CompactionPlan.Kind.MOVE);
    assertThat(plan.level()).isEqualTo(2);
  }

  @Test
  void leveledGathersByTheTiersItIsTold() {
    List<CompactionFile> flushed = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      flushed.add(new CompactionFile(FakeFile.of(i, (1L << i) * MIB, 0, 100, i), 0, false, 0));
    }
    // Below 50 MiB all are alike.
    assertThat(leveled().next(view(flushed, 0))).isPresent();
    assertThat(leveled("min_sstable_size", "0").next(view(flushed, 0))).isEmpty();
    assertThat(
            leveled("min_sstable_size", "0", "bucket_low", "0.1", "bucket_high", "5")
                .next(view(flushed, 0)))
        .isPresent();
  }

  private static LeveledStrategy leveled(String... pairs) {
    return new LeveledStrategy(new StrategyOptions(options(pairs)));
  }

  @Test
  void leveledNeverOverlapsWithinALevel() {
    for (int seed = 0; seed < 20; seed++) {
      StrategySimulation run =
          new StrategySimulation(
              options(
                  "class", "LeveledCompactionStrategy",
                  "sstable_size_in_mb", "4",
                  "fanout_size", "4",
                  "single_sstable_uplevel", Boolean.toString(seed % 2 == 0)),
              seed,
              MIB);
      for (int i = 0; i < 400; i++) {
        run.flush();
        if (run.begin(4)) {
          run.end();
        }
        assertLevels(run, seed);
      }
      run.settle(4);
      assertLevels(run, seed);
      // Ten levels' worth at most is looked at, with a few files of level 0.
      assertThat(run.mostOverlapping()).describedAs("seed %d", seed).isLessThan(12);
      assertThat(run.writeAmplification()).describedAs("seed %d", seed).isLessThan(25);
    }
  }

  private static void assertLevels(StrategySimulation run, int seed) {
    for (int level = 1; level <= 8; level++) {
      int of = level;
      List<TableFile> files =
          run.files.entrySet().stream()
              .filter(e -> e.getValue() == of)
              .map(Map.Entry::getKey)
              .sorted(java.util.Comparator.comparingLong(TableFile::firstToken))
              .toList();
      for (int i = 1; i < files.size(); i++) {
        assertThat(files.get(i).firstToken())
            .describedAs("seed %d, level %d: %s", seed, level, files)
            .isGreaterThan(files.get(i - 1).lastToken());
      }
    }
  }

  @Test
  void everyStrategyIsContentAndKeepsReadsAndWritesInBounds() {
    record Case(Map<String, String> options, double writes, int files) {}
    List<Case> cases =
        List.of(
            new Case(options("class", "SizeTieredCompactionStrategy"), 10, 20),
            new Case(
                options("class", "SizeTieredCompactionStrategy", "min_sstable_size", "1MiB"),
                7,
                20),
            new Case(options("class", "UnifiedCompactionStrategy"), 7, 18),
            new Case(
                options(
                    "class", "UnifiedCompactionStrategy",
                    "target_sstable_size", "64MiB",
                    "min_sstable_size", "8MiB"),
                8,
                24),
            new Case(
                options(
                    "class", "UnifiedCompactionStrategy",
                    "scaling_parameters", "L4",
                    "target_sstable_size", "64MiB",
                    "min_sstable_size", "8MiB"),
                20,
                10),
            new Case(
                options(
                    "class", "UnifiedCompactionStrategy",
                    "scaling_parameters", "T8,N",
                    "overlap_inclusion_method", "SINGLE",
                    "target_sstable_size", "64MiB",
                    "min_sstable_size", "0B"),
                12,
                24));
    for (Case c : cases) {
      for (int seed = 0; seed < 2; seed++) {
        StrategySimulation run = new StrategySimulation(c.options, seed, 4 * MIB);
        for (int i = 0; i < 1000; i++) {
          run.flush();
          run.begin(3);
          if (run.random.nextBoolean()) {
            run.settle(3);
          }
        }
        run.settle(3);
        assertThat(run.writeAmplification())
            .describedAs("writes, %s, seed %d", c.options, seed)
            .isBetween(2.0, c.writes);
        assertThat(run.mostOverlapping())
            .describedAs("files of a token, %s, seed %d", c.options, seed)
            .isLessThanOrEqualTo(c.files);
      }
    }
  }

  @Test
  void shardsOfUnifiedAreCompactedAtOnce() {
    StrategySimulation run =
        new StrategySimulation(
            options(
                "class", "UnifiedCompactionStrategy",
                "target_sstable_size", "16MiB",
                "min_sstable_size", "1MiB"),
            1,
            8 * MIB);
    for (int i = 0; i < 300; i++) {
      run.flush();
      if (i % 16 == 15) {
        run.settle(4);
      }
    }
    assertThat(run.mostRunning).isEqualTo(4);
  }

  @Test
  void purgingIsLimitedByWhatOverlapsOnly() {
    PurgeLimits limits =
        PurgeLimits.of(
            1000,
            List.of(
                FakeFile.of(1, 1, -5, 5, 10),
                FakeFile.of(2, 1, 3, 20, 7),
                FakeFile.of(3, 1, 20, Long.MAX_VALUE, 300)));
    assertThat(limits.before(Long.MIN_VALUE)).isEqualTo(1000);
    assertThat(limits.before(-6)).isEqualTo(1000);
    assertThat(limits.before(-5)).isEqualTo(10);
    assertThat(limits.before(3)).isEqualTo(7);
    assertThat(limits.before(20)).isEqualTo(7);
    assertThat(limits.before(21)).isEqualTo(300);
    assertThat(limits.before(Long.MAX_VALUE)).isEqualTo(300);
  }
}

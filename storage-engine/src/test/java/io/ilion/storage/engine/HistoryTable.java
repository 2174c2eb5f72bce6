package io.ilion.storage.engine;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.Histories;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** One table of a history: what was written to it, and what therefore has to be in it. */
final class HistoryTable {
  private static final String[] STRATEGIES = {
    "SizeTieredCompactionStrategy",
    "LeveledCompactionStrategy",
    "TimeWindowCompactionStrategy",
    "UnifiedCompactionStrategy"
  };
  private static final String[] CODECS = {"", "LZ4Compressor", "ZstdCompressor"};

  /** What became of a write. */
  enum Outcome {
    PENDING,
    ACKNOWLEDGED,
    /** It failed when it was perhaps in memory or on disk already. */
    FAILED
  }

  /** One update, and what became of it. */
  static final class Write {
    final long token;
    final byte[] update;
    Outcome outcome = Outcome.PENDING;
    boolean waits;

    /** How many lanes the node had that took it. */
    int lanes;

    /** Whether a restart found it. */
    boolean durable;

    Write(byte[] update) {
      this.update = update;
      token = Histories.token(new UpdateReader().wrap(update).partitionKey());
    }
  }

  final Histories.Shape shape;
  final Histories histories;
  private final boolean wrongTwin;

  /** In the order in which the engine took them; those that failed stand apart. */
  final List<Write> writes = new ArrayList<>();

  final List<Write> failed = new ArrayList<>();

  /** What is being imported: it is there as a whole, or not, when that is over. */
  List<Write> importing = List.of();

  NaiveStore twin;
  TableOptions options;
  boolean truncating;
  boolean dropping;

  /** What is being discarded, or null. */
  TokenRange discarding;

  /** Whether anything was ever discarded, which snapshots do not know. */
  boolean discarded;

  /** Written while the table was being truncated: each is there or not. */
  List<Write> doubtful = List.of();

  HistoryTable(Histories.Shape shape, Histories histories, boolean wrongTwin) {
    this.shape = shape;
    this.histories = histories;
    this.wrongTwin = wrongTwin;
    twin = newTwin();
  }

  NaiveStore newTwin() {
    return new NaiveStore(wrongTwin);
  }

  UUID id() {
    return options.id();
  }

  /**
   * Options of a new table, or new ones of this.
   *
   * @param graceSeconds how long deletions are kept at least; 0 for good
   */
  TableOptions draw(SplittableRandom random, UUID id, long graceSeconds) {
    return new TableOptions(
        id,
        "t-" + id.getLeastSignificantBits(),
        graceSeconds == 0 ? 2_000_000_000L : graceSeconds * (1 + random.nextInt(2) * 10),
        random.nextBoolean() ? 0.01 : 1,
        compaction(random),
        Map.of("class", CODECS[random.nextInt(CODECS.length)]),
        shape == Histories.Shape.COMPOSITE ? 2 : 1);
  }

  /** A strategy, in half of the tables with options of its own; files are small here. */
  private static Map<String, String> compaction(SplittableRandom random) {
    String strategy = STRATEGIES[random.nextInt(STRATEGIES.length)];
    Map<String, String> options = new HashMap<>(Map.of("class", strategy));
    if (random.nextBoolean()) {
      return options;
    }
    if (random.nextBoolean()) {
      options.put("tombstone_threshold", one(random, "0.01", "0.1", "1"));
      options.put("tombstone_compaction_interval", one(random, "1", "60"));
      options.put("unchecked_tombstone_compaction", one(random, "true", "false"));
    }
    if (strategy.startsWith("Unified")) {
      options.put("scaling_parameters", one(random, "T2", "L2", "N", "L4, T4", "T3, N, L8"));
      options.put("base_shard_count", one(random, "1", "2", "3", "7"));
      options.put("target_sstable_size", one(random, "1MiB", "1GiB"));
      options.put("min_sstable_size", one(random, "0B", "1KiB", "100MiB"));
      options.put("sstable_growth", one(random, "0", "0.5", "1"));
      options.put("max_sstables_to_compact", one(random, "0", "2", "5"));
      options.put("overlap_inclusion_method", one(random, "NONE", "SINGLE", "TRANSITIVE"));
      return options;
    }
    options.put("min_threshold", one(random, "2", "3", "6"));
    options.put("max_threshold", one(random, "6", "32"));
    options.put("bucket_low", one(random, "0.1", "0.5"));
    options.put("bucket_high", one(random, "1.2", "5"));
    options.put("min_sstable_size", one(random, "0", "1000", "50000000"));
    if (strategy.startsWith("Leveled")) {
      options.put("sstable_size_in_mb", one(random, "1", "2"));
      options.put("fanout_size", one(random, "2", "10"));
      options.put("single_sstable_uplevel", one(random, "true", "false"));
    } else if (strategy.startsWith("TimeWindow")) {
      options.put("compaction_window_unit", one(random, "MINUTES", "DAYS"));
      options.put("compaction_window_size", one(random, "1", "3"));
      options.put("timestamp_resolution", one(random, "MICROSECONDS", "SECONDS", "NANOSECONDS"));
    }
    return options;
  }

  private static String one(SplittableRandom random, String... values) {
    return values[random.nextInt(values.length)];
  }

  /** Notes a write that the engine takes now. */
  void add(Write write) {
    writes.add(write);
    twin.apply(write.token, write.update);
  }

  /** Everything is gone. */
  void clear() {
    writes.clear();
    failed.clear();
    importing = List.of();
    doubtful = List.of();
    discarding = null;
    discarded = false;
    twin = newTwin();
  }

  /** All that has some tokens is gone. */
  void forget(TokenRange range) {
    writes.removeIf(w -> range.contains(w.token));
    failed.removeIf(w -> range.contains(w.token));
    discarding = null;
    discarded = true;
    rebuildTwin();
  }

  /** Takes over what survived. */
  void reset(List<Write> survivors) {
    List<Write> kept = List.copyOf(survivors);
    writes.clear();
    writes.addAll(kept);
    for (Write write : writes) {
      write.outcome = Outcome.ACKNOWLEDGED;
      write.durable = true;
      // The callback of one that had waited for memory may have gone with the node.
      write.waits = false;
    }
  }

  /** The twin after the writes that are in the list. */
  NaiveStore rebuildTwin() {
    twin = newTwin();
    writes.forEach(w -> twin.apply(w.token, w.update));
    return twin;
  }

  boolean isSettled() {
    return writes.stream().allMatch(w -> w.outcome == Outcome.ACKNOWLEDGED);
  }
}

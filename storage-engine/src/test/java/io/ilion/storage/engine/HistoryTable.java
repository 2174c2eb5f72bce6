package io.ilion.storage.engine;

import io.ilion.model.data.UpdateReader;
import io.ilion.storage.Histories;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.TableOptions;
import java.util.ArrayList;
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

  /** Options of a new table, or new ones of this. */
  TableOptions draw(SplittableRandom random, UUID id, boolean purging) {
    return new TableOptions(
        id,
        "t-" + id.getLeastSignificantBits(),
        purging ? 60 + random.nextInt(2) * 600L : 2_000_000_000L,
        random.nextBoolean() ? 0.01 : 1,
        Map.of("class", STRATEGIES[random.nextInt(STRATEGIES.length)]),
        Map.of("class", CODECS[random.nextInt(CODECS.length)]),
        shape == Histories.Shape.COMPOSITE ? 2 : 1);
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
    twin = newTwin();
  }

  /** Takes over what survived. */
  void reset(List<Write> survivors) {
    List<Write> kept = List.copyOf(survivors);
    writes.clear();
    writes.addAll(kept);
    for (Write write : writes) {
      write.outcome = Outcome.ACKNOWLEDGED;
      write.durable = true;
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

package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Levels by density, the bytes of a file by the fraction of the ring that it spans. The scaling
 * parameter W of a level (Tn: n - 2; N: 0; Ln: 2 - n; the last one given holds for all above) says
 * how much denser the next level is and how many files have to overlap before they are compacted:
 *
 * <pre>
 * W >= 0 (tiered):   fan-out 2 + W, compacts at 2 + W overlapping files
 * W <  0 (leveled):  fan-out 2 - W, compacts at 2
 * level 0: densities below flush size * (fan-out(0) - 0.9)
 * level i: densities below those of level i - 1, * fan-out(i)
 * </pre>
 *
 * What a compaction writes is cut at fixed tokens into shards ({@link OutputSplit}), more of them
 * the denser it is, so that files have about the target size, compactions of different shards can
 * run at once, and none ever needs much room. For a density d, minimal size m, target size t, base
 * count b and growth g the number of shards is
 *
 * <pre>
 * 1                                               if d is below m
 * 2^floor(log2(d / m)), but a divisor of b        if d is below m * b
 * b                                               if d is below t * b
 * b * 2^round((1 - g) * log2(d / (t * b)))        else
 * </pre>
 */
final class UnifiedStrategy implements CompactionStrategy {
  /** What spans less of the ring, a single partition mostly, counts as if it spanned all of it. */
  private static final double LEAST_SPAN = 0x1p-48;

  private static final long LEAST_FLUSH_BYTES = 1 << 20;
  private static final double LEEWAY = 0.9;

  private static final int MAX_SHARDS = 1 << 20;

  /** Nobody has so many files in a level. */
  private static final int MAX_SCALING = 1 << 20;

  private final int[] scaling;
  private final long targetBytes;
  private final long leastBytes;
  private final int baseShards;
  private final double growth;
  private final int maxFiles;
  private final long flushOverride;
  private final long expiredCheckSeconds;
  private final boolean aggressive;
  private final Overlaps.Reach reach;
  private final TombstoneRule tombstones;

  UnifiedStrategy(StrategyOptions o) {
    String[] parameters = o.text("scaling_parameters", "T4").split(",");
    scaling = new int[parameters.length];
    for (int i = 0; i < scaling.length; i++) {
      scaling[i] = scaling(parameters[i].trim());
    }
    targetBytes = Math.max(1 << 20, o.bytes("target_sstable_size", 1L << 30));
    leastBytes = Math.max(0, o.bytes("min_sstable_size", 100L << 20));
    baseShards = o.whole("base_shard_count", 4, 1, MAX_SHARDS);
    growth = Math.clamp(o.fraction("sstable_growth", 0.333), 0, 1);
    int most = o.whole("max_sstables_to_compact", 32, 0, Integer.MAX_VALUE);
    maxFiles = most == 0 ? Integer.MAX_VALUE : most;
    flushOverride = o.bytes("flush_size_override", 0);
    expiredCheckSeconds = o.whole("expired_sstable_check_frequency_seconds", 600L);
    aggressive = o.flag("unsafe_aggressive_sstable_expiration", false);
    reach =
        switch (o.text("overlap_inclusion_method", "TRANSITIVE").toUpperCase(Locale.ROOT)) {
          case "NONE" -> Overlaps.Reach.NONE;
          case "SINGLE" -> Overlaps.Reach.SINGLE;
          default -> Overlaps.Reach.TRANSITIVE;
        };
    tombstones = TombstoneRule.of(o);
  }

  private static int scaling(String text) {
    try {
      long parameter =
          switch (text.isEmpty() ? 'T' : text.charAt(0)) {
            case 'N' -> 0;
            case 'T' -> Long.parseLong(text.substring(1)) - 2;
            case 'L' -> 2 - Long.parseLong(text.substring(1));
            default -> Long.parseLong(text);
          };
      return (int) Math.clamp(parameter, -MAX_SCALING, MAX_SCALING);
    } catch (NumberFormatException e) {
      return 2;
    }
  }

  private int scaling(int level) {
    return scaling.length == 0 ? 2 : scaling[Math.min(level, scaling.length - 1)];
  }

  int fanOut(int level) {
    return 2 + Math.abs(scaling(level));
  }

  int threshold(int level) {
    return 2 + Math.max(0, scaling(level));
  }

  /** The level of a density, given the size of what is flushed. */
  int level(double density, long flushBytes) {
    long flushed = Math.max(LEAST_FLUSH_BYTES, flushOverride > 0 ? flushOverride : flushBytes);
    // A little less than the fan-out: what was made of files that are somewhat small, or overwrite
    // each other, belongs to the next level all the same.
    double end = flushed * (fanOut(0) - LEEWAY);
    int level = 0;
    while (density >= end) {
      level++;
      end *= fanOut(level);
    }
    return level;
  }

  private static double span(long first, long last) {
    // Unsigned: a file may span the whole ring.
    double span = ((double) last - (double) first) * 0x1p-64;
    return span < LEAST_SPAN ? 1 : span;
  }

  static double density(CompactionFile file) {
    return file.bytes() / span(file.first(), file.last());
  }

  /** Into how many shards the ring is cut for a density. */
  int shards(double density) {
    if (density < leastBytes) {
      return 1;
    }
    if (leastBytes > 0 && density < (double) leastBytes * baseShards) {
      int whole = 1 << (int) Math.floor(Math.log(density / leastBytes) / Math.log(2));
      return Math.min(whole, Integer.lowestOneBit(baseShards));
    }
    double excess = density / ((double) targetBytes * baseShards);
    if (excess < 1) {
      return baseShards;
    }
    double doublings = Math.round((1 - growth) * Math.log(excess) / Math.log(2));
    return (int) Math.min(MAX_SHARDS, baseShards * Math.pow(2, Math.min(30, doublings)));
  }

  @Override
  public OutputSplit splitOf(List<TableFile> sources) {
    long bytes = 0;
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (TableFile file : sources) {
      bytes += file.bytes();
      first = Math.min(first, file.firstToken());
      last = Math.max(last, file.lastToken());
    }
    return new OutputSplit(shards(bytes / span(first, last)), Long.MAX_VALUE);
  }

  private CompactionPlan merge(CompactionPlan.Kind kind, List<CompactionFile> sources) {
    return CompactionPlan.merge(kind, sources, 0, splitOf(CompactionPlan.files(sources)));
  }

  @Override
  public Optional<CompactionPlan> next(CompactionView view) {
    Optional<CompactionPlan> expired = ExpiredFiles.find(view, aggressive);
    if (expired.isPresent()) {
      return expired;
    }
    List<List<CompactionFile>> levels = new ArrayList<>();
    for (CompactionFile file : view.free()) {
      int level = level(density(file), view.flushBytes());
      while (levels.size() <= level) {
        levels.add(new ArrayList<>());
      }
      levels.get(level).add(file);
    }
    Overlaps.Group best = null;
    int bestLevel = -1;
    for (int level = 0; level < levels.size(); level++) {
      for (Overlaps.Group group : Overlaps.groups(levels.get(level), reach)) {
        if (group.overlap() >= threshold(level)
            && (best == null || group.overlap() > best.overlap())) {
          best = group;
          bestLevel = level;
        }
      }
    }
    return best == null
        ? tombstones.find(view, this)
        : Optional.of(merge(CompactionPlan.Kind.COMPACTION, pick(best, bestLevel)));
  }

  /**
   * All files of a group, or the oldest, so that no more overlap than one compaction may take. What
   * is so late that it would jump over levels is laid out as if it had not been: a tiered level is
   * compacted by products of fan-outs.
   */
  private List<CompactionFile> pick(Overlaps.Group group, int level) {
    int fanOut = fanOut(level);
    int most = Math.max(fanOut, maxFiles);
    if (group.overlap() <= fanOut) {
      return group.files();
    }
    int limit = Math.min(group.overlap(), most);
    boolean jumps = group.overlap() > (long) fanOut * fanOut(level + 1);
    if (jumps && threshold(level) == fanOut) {
      long size = fanOut;
      int next = level + 1;
      while (size * fanOut(next) <= limit) {
        size *= fanOut(next++);
      }
      limit = (int) size;
    }
    return limit == group.overlap() ? group.files() : Overlaps.oldest(group.files(), limit);
  }

  @Override
  public List<CompactionPlan> major(CompactionView view) {
    return view.files().isEmpty()
        ? List.of()
        : List.of(merge(CompactionPlan.Kind.MAJOR, view.files()));
  }

  @Override
  public Optional<CompactionPlan> forReads(CompactionView view) {
    boolean all = view.outside().isEmpty() && view.files().stream().noneMatch(CompactionFile::busy);
    return all && view.files().size() > 1 && view.files().size() <= maxFiles
        ? Optional.of(merge(CompactionPlan.Kind.READS, view.files()))
        : Optional.empty();
  }

  @Override
  public long expiredCheckSeconds() {
    return expiredCheckSeconds;
  }
}

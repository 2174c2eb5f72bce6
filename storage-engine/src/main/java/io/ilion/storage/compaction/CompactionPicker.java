package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Picks the files of one table on one lane to compact next. All strategies gather files of like
 * size, so that each byte is rewritten a logarithmic number of times:
 *
 * <ul>
 *   <li>SizeTieredCompactionStrategy by its min_threshold, max_threshold, bucket_low, bucket_high
 *       and min_sstable_size;
 *   <li>TimeWindowCompactionStrategy within a window of write times (compaction_window_unit,
 *       compaction_window_size): the newest window by size, each older one into one file;
 *   <li>UnifiedCompactionStrategy and LeveledCompactionStrategy with the fan-out (the first of
 *       scaling_parameters, or fanout_size) as the threshold.
 * </ul>
 */
public final class CompactionPicker {
  private CompactionPicker() {}

  /** The files to compact together; empty if nothing is worth it. */
  public static List<TableFile> pick(List<TableFile> files, TableOptions options) {
    Map<String, String> o = options.compaction();
    if ("false".equalsIgnoreCase(o.get("enabled"))) {
      return List.of();
    }
    String strategy = o.getOrDefault("class", "");
    if (strategy.endsWith("TimeWindowCompactionStrategy")) {
      return pickInWindows(files, o);
    }
    return pickTier(files, o, threshold(strategy, o));
  }

  private static int threshold(String strategy, Map<String, String> o) {
    if (strategy.endsWith("UnifiedCompactionStrategy")) {
      return unifiedFanOut(o.getOrDefault("scaling_parameters", "T4"));
    }
    if (strategy.endsWith("LeveledCompactionStrategy")) {
      return 4;
    }
    return Math.max(2, (int) number(o, "min_threshold", 4));
  }

  /** Tn gathers n files; Ln and N merge as soon as there are two. */
  private static int unifiedFanOut(String parameters) {
    String first = parameters.split(",", 2)[0].trim();
    if (!first.startsWith("T") || first.length() < 2) {
      return 2;
    }
    return Math.max(2, (int) parse(first.substring(1), 4));
  }

  private static double number(Map<String, String> options, String name, double otherwise) {
    String text = options.get(name);
    return text == null ? otherwise : parse(text, otherwise);
  }

  private static double parse(String text, double otherwise) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      // The options were checked where the table was made; what storage cannot use it leaves.
      return otherwise;
    }
  }

  private static List<TableFile> pickTier(
      List<TableFile> files, Map<String, String> o, int threshold) {
    double low = number(o, "bucket_low", 0.5);
    double high = number(o, "bucket_high", 1.5);
    double small = number(o, "min_sstable_size", 50 << 20);
    int most = Math.max(threshold, (int) number(o, "max_threshold", 32));
    List<TableFile> sorted = new ArrayList<>(files);
    sorted.sort(Comparator.comparingLong(TableFile::bytes));
    List<TableFile> best = List.of();
    List<TableFile> bucket = new ArrayList<>();
    double average = 0;
    for (TableFile file : sorted) {
      boolean fits =
          bucket.isEmpty()
              || (file.bytes() >= average * low && file.bytes() <= average * high)
              || (file.bytes() < small && average < small);
      if (!fits) {
        best = better(best, bucket, threshold);
        bucket = new ArrayList<>();
        average = 0;
      }
      average = (average * bucket.size() + file.bytes()) / (bucket.size() + 1);
      bucket.add(file);
    }
    best = better(best, bucket, threshold);
    return best.size() > most ? List.copyOf(best.subList(0, most)) : best;
  }

  /** Of two tiers the one with more files; a tier below the threshold does not count. */
  private static List<TableFile> better(
      List<TableFile> best, List<TableFile> bucket, int threshold) {
    return bucket.size() >= threshold && bucket.size() > best.size() ? bucket : best;
  }

  private static List<TableFile> pickInWindows(List<TableFile> files, Map<String, String> o) {
    long unitSeconds =
        switch (o.getOrDefault("compaction_window_unit", "DAYS")) {
          case "MINUTES" -> 60;
          case "HOURS" -> 3_600;
          default -> 86_400;
        };
    long windowMicros =
        Math.max(1, (long) number(o, "compaction_window_size", 1)) * unitSeconds * 1_000_000;
    TreeMap<Long, List<TableFile>> windows = new TreeMap<>();
    for (TableFile file : files) {
      windows
          .computeIfAbsent(Math.floorDiv(file.maxTimestamp(), windowMicros), w -> new ArrayList<>())
          .add(file);
    }
    if (windows.isEmpty()) {
      return List.of();
    }
    List<TableFile> newest = windows.pollLastEntry().getValue();
    List<TableFile> tier = pickTier(newest, o, Math.max(2, (int) number(o, "min_threshold", 4)));
    if (!tier.isEmpty()) {
      return tier;
    }
    int most = Math.max(2, (int) number(o, "max_threshold", 32));
    for (List<TableFile> window : windows.descendingMap().values()) {
      if (window.size() > 1) {
        return window.size() > most ? window.subList(0, most) : window;
      }
    }
    return List.of();
  }
}

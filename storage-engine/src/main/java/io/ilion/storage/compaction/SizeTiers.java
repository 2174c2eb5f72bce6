package io.ilion.storage.compaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Groups files of like size, so that each byte is rewritten a logarithmic number of times.
 *
 * @param low a file of at least this fraction of the average size belongs to a tier
 * @param high a file of at most this multiple of it does
 * @param smallBytes files below this size are all alike
 * @param least a tier of fewer files is left alone
 * @param most so many are compacted at once
 */
record SizeTiers(double low, double high, long smallBytes, int least, int most) {

  static SizeTiers of(StrategyOptions o) {
    int least = o.whole("min_threshold", 4, 2, Integer.MAX_VALUE);
    return of(o, least, o.whole("max_threshold", Math.max(least, 32), least, Integer.MAX_VALUE));
  }

  /** Where how many are compacted at once is no option. */
  static SizeTiers of(StrategyOptions o, int least, int most) {
    return new SizeTiers(
        o.fraction("bucket_low", 0.5),
        o.fraction("bucket_high", 1.5),
        o.bytes("min_sstable_size", 50 << 20),
        least,
        most);
  }

  /** The tier with the most files, of equals the smaller ones; empty if none has enough. */
  List<CompactionFile> largest(List<CompactionFile> files) {
    List<CompactionFile> sorted = new ArrayList<>(files);
    sorted.sort(Comparator.comparingLong(CompactionFile::bytes));
    List<CompactionFile> best = List.of();
    List<CompactionFile> tier = new ArrayList<>();
    double average = 0;
    for (CompactionFile file : sorted) {
      if (!tier.isEmpty() && !isAlike(file.bytes(), average)) {
        best = better(best, tier);
        tier = new ArrayList<>();
        average = 0;
      }
      average = (average * tier.size() + file.bytes()) / (tier.size() + 1);
      tier.add(file);
    }
    best = better(best, tier);
    return best.size() > most ? best.subList(0, most) : best;
  }

  private boolean isAlike(long bytes, double average) {
    return (bytes >= average * low && bytes <= average * high)
        || (bytes < smallBytes && average < smallBytes);
  }

  private List<CompactionFile> better(List<CompactionFile> best, List<CompactionFile> tier) {
    return tier.size() >= least && tier.size() > best.size() ? tier : best;
  }
}

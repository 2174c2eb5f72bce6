package io.ilion.storage.engine;

import io.ilion.storage.TableFile;

/**
 * What reads of single rows pay for it that the partitions of a table stand in several files: of
 * each there are older copies in the blocks that the cache should keep, so more reads miss it. Once
 * what a merge would have spared them is as much as it reads, the files are merged: so such merges
 * never read more than reads had to. (Paying as much for a makeshift as the remedy costs, and then
 * buying that, is the ski-rental rule; LevelDB's compactions after too many seeks are of this
 * kind.)
 *
 * <p>Of one table on one lane, which alone calls this.
 */
final class ReadCost {
  /** Of so many reads one is looked at. */
  private static final int READS_PER_SAMPLE = 64;

  /** After so many samples it is time to look at what they say. */
  private static final int SAMPLES_PER_LOOK = 16;

  /** What is left of larger tables fits into the cache so badly that a merge is no remedy. */
  private static final int MOST_CACHES = 4;

  private final long cacheBytes;
  private int readsToSample = READS_PER_SAMPLE;
  private long samples;

  /** How many files had the partitions of the sampled reads, together. */
  private long copies;

  /** What the files had missed when counting began; -1 if it has not. */
  private long missedBefore = -1;

  /**
   * Nothing was read yet.
   *
   * @param cacheBytes what the cache may hold of the files
   */
  ReadCost(long cacheBytes) {
    this.cacheBytes = cacheBytes;
  }

  /** Whether a read of a row, of a table with several files, is one of those to be looked at. */
  boolean isSample() {
    if (--readsToSample > 0) {
      return false;
    }
    readsToSample = READS_PER_SAMPLE;
    return true;
  }

  /**
   * Counts a sampled read.
   *
   * @param found how many of the files have its partition, as far as their filters know
   * @return whether reads may have paid for a merge of these files
   */
  boolean sampled(int found, TableFile[] files) {
    if (missedBefore < 0) {
      missedBefore = missedBytes(files);
    }
    samples++;
    copies += found;
    return samples % SAMPLES_PER_LOOK == 0 && havePaid(files);
  }

  /**
   * Whether merging all files pays. Once reads have paid for it they have to do so again before
   * this is worth another look, whatever comes of this one: most strategies do without.
   */
  boolean isWorthMerging(TableFile[] files) {
    boolean paid = havePaid(files);
    if (paid) {
      reset();
    }
    return paid;
  }

  private boolean havePaid(TableFile[] files) {
    if (missedBefore < 0) {
      return false;
    }
    double bytes = rawBytes(files);
    return left() * bytes <= (double) MOST_CACHES * cacheBytes
        && spared(bytes) * (missedBytes(files) - missedBefore) >= bytes;
  }

  /**
   * The part of the misses that would not have been, had every partition stood in one file: the
   * share of the older copies, as far as the cache would have had the rest.
   */
  private double spared(double bytes) {
    double left = left();
    double missing = missing(left * bytes);
    return missing == 0 ? 1 - left : (1 - left) * (1 - missing / missing(bytes));
  }

  /** The part of the reads that miss the cache when all of so many bytes are read equally often. */
  private double missing(double bytes) {
    return bytes <= cacheBytes ? 0 : 1 - cacheBytes / bytes;
  }

  /** The part of the bytes that stays when every partition stands in one file. */
  private double left() {
    return copies <= samples ? 1 : (double) samples / copies;
  }

  private static long rawBytes(TableFile[] files) {
    long bytes = 0;
    for (TableFile file : files) {
      bytes += file.rawBytes();
    }
    return bytes;
  }

  private static long missedBytes(TableFile[] files) {
    long bytes = 0;
    for (TableFile file : files) {
      bytes += file.missedBytes();
    }
    return bytes;
  }

  /** Counts from here on, as when the files are others. */
  void reset() {
    samples = 0;
    copies = 0;
    missedBefore = -1;
  }
}

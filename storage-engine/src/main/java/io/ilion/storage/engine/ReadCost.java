package io.ilion.storage.engine;

import io.ilion.storage.TableFile;

/**
 * What reads of single rows pay for it that the partitions of a table stand in several files: of
 * each there are older copies in the blocks that the cache should keep, so more reads miss it. Once
 * this has cost as much as merging the files would, and what is left of them would fit into the
 * cache, they are merged: so what such merges read is never more than what reads had to. (Paying as
 * much for a makeshift as the remedy costs, and then buying that, is the ski-rental rule; LevelDB's
 * compactions after too many seeks are of this kind.)
 *
 * <p>Of one table on one lane, which alone calls this.
 */
final class ReadCost {
  /** Of so many reads one is looked at. */
  private static final int READS_PER_SAMPLE = 64;

  /** After so many samples it is time to look at what they say. */
  private static final int SAMPLES_PER_LOOK = 16;

  private int readsToSample = READS_PER_SAMPLE;
  private long samples;

  /** How many files had the partitions of the sampled reads, together. */
  private long copies;

  /** What the files had missed when counting began; -1 if it has not. */
  private long missedBefore = -1;

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
   * this is worth another look, whatever comes of this one: most strategies do without, and not
   * every table fits.
   *
   * @param cacheBytes what the cache may hold of them
   */
  boolean isWorthMerging(TableFile[] files, long cacheBytes) {
    if (!havePaid(files)) {
      return false;
    }
    boolean fits = left() * rawBytes(files) <= cacheBytes;
    reset();
    return fits;
  }

  private boolean havePaid(TableFile[] files) {
    return missedBefore >= 0
        && (1 - left()) * (missedBytes(files) - missedBefore) >= rawBytes(files);
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

package io.ilion.storage.compaction;

import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.TableFile;
import java.util.List;

/**
 * One table on one lane at one moment: all that a strategy decides by.
 *
 * @param files that may be compacted
 * @param outside files that may not, but hold data of the table all the same
 * @param oldestInMemory the least timestamp of the memtables
 * @param nowSeconds the wall clock, in seconds since 1970
 * @param gcGraceSeconds of the table
 * @param purging whether anything may be purged at all
 * @param horizon which deletions are known to be everywhere
 * @param checkExpired whether it is time to look for files that expired as a whole
 * @param flushBytes the usual size of a file that a flush writes
 */
public record CompactionView(
    List<CompactionFile> files,
    List<TableFile> outside,
    long oldestInMemory,
    long nowSeconds,
    long gcGraceSeconds,
    boolean purging,
    PurgeHorizon horizon,
    boolean checkExpired,
    long flushBytes) {

  /** The files that no compaction has. */
  List<CompactionFile> free() {
    return files.stream().filter(f -> !f.busy()).toList();
  }

  /** Deletions of earlier seconds may be purged, if they are everywhere. */
  long graceEndsSeconds() {
    return nowSeconds - gcGraceSeconds;
  }

  /** Deletions of earlier seconds may be purged, wherever they are in a file. */
  long purgeBeforeSeconds(TableFile file) {
    return Math.min(graceEndsSeconds(), horizon.least(file.firstToken(), file.lastToken()));
  }
}

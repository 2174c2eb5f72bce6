package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;

/**
 * A file as strategies see it.
 *
 * @param level that the leveled strategy gave it; 0 for what was flushed
 * @param busy whether a compaction has it already
 * @param createdSeconds when it was written, in seconds since 1970
 */
public record CompactionFile(TableFile file, int level, boolean busy, long createdSeconds) {

  boolean overlaps(CompactionFile other) {
    return overlaps(other.first(), other.last());
  }

  boolean overlaps(long firstToken, long lastToken) {
    return first() <= lastToken && last() >= firstToken;
  }

  long first() {
    return file.firstToken();
  }

  long last() {
    return file.lastToken();
  }

  long bytes() {
    return file.bytes();
  }
}

package io.ilion.bench;

/** Where the data stands that is read. */
public enum DataSet {
  /** In memory, never written to files. */
  MEMTABLE,
  /** In files, all of which the cache holds. */
  CACHED,
  /** In files three times as large as the cache; the operating system's cache has them. */
  UNCACHED;

  long writeBufferBytes(long dataBytes) {
    return Math.max(16 << 20, this == MEMTABLE ? 4 * dataBytes : 64 << 20);
  }

  long cacheBytes(long dataBytes) {
    return Math.max(1 << 20, this == UNCACHED ? dataBytes / 3 : 2 * dataBytes);
  }
}

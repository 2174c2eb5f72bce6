package io.ilion.storage.compaction;

import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;

/** A file that has only figures. */
record FakeFile(
    long generation,
    long bytes,
    long firstToken,
    long lastToken,
    long minTimestamp,
    long maxTimestamp,
    long maxLocalDeletion,
    long tombstones)
    implements TableFile {

  /** A file over the whole ring. */
  static FakeFile of(long generation, long bytes, long timestamp) {
    return of(generation, bytes, Long.MIN_VALUE, Long.MAX_VALUE, timestamp);
  }

  static FakeFile of(long generation, long bytes, long first, long last, long timestamp) {
    return new FakeFile(generation, bytes, first, last, timestamp, timestamp, Long.MAX_VALUE, 0);
  }

  FakeFile expiringAt(long seconds) {
    return new FakeFile(
        generation, bytes, firstToken, lastToken, minTimestamp, maxTimestamp, seconds, 0);
  }

  FakeFile withTombstones(long count) {
    return new FakeFile(
        generation,
        bytes,
        firstToken,
        lastToken,
        minTimestamp,
        maxTimestamp,
        maxLocalDeletion,
        count);
  }

  @Override
  public PartitionCursor partition(long token, byte[] key, Slices slices, Lane lane) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Slices slices, Lane lane) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void retain() {}

  @Override
  public void release() {}

  @Override
  public void markObsolete() {}

  @Override
  public long rawBytes() {
    return bytes;
  }

  @Override
  public boolean hasStaticRows() {
    return false;
  }

  @Override
  public long partitions() {
    return 1;
  }

  @Override
  public long rows() {
    return 0;
  }

  @Override
  public long cells() {
    return 100;
  }

  @Override
  public long deletedOrExpiredBefore(long seconds) {
    return tombstones;
  }

  @Override
  public long minLocalDeletion() {
    return tombstones > 0 ? 0 : maxLocalDeletion;
  }
}

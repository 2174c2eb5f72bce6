package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import java.util.List;

/**
 * A file that another number of lanes wrote, as one lane sees it: the partitions that the lane owns
 * now, but for those that lanes of earlier runs took out of it already, when there was yet another
 * number of them. Its figures are those of the whole file. The lane rewrites what it sees in the
 * background and then lets go of the file.
 */
final class ForeignFile implements TableFile {
  private final TableFile file;
  private final LaneShare own;
  private final List<LaneShare> taken;

  ForeignFile(TableFile file, LaneShare own, List<LaneShare> taken) {
    this.file = file;
    this.own = own;
    this.taken = List.copyOf(taken);
  }

  @Override
  public PartitionCursor partition(long token, byte[] key, Slices slices, Lane lane) {
    for (LaneShare share : taken) {
      if (share.contains(token)) {
        return null;
      }
    }
    return file.partition(token, key, slices, lane);
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Slices slices, Lane lane) {
    PartitionCursor cursor = file.scan(range, slices, lane);
    return cursor == null ? null : new LaneFilter(cursor, own, taken);
  }

  @Override
  public long generation() {
    return file.generation();
  }

  @Override
  public void retain() {
    file.retain();
  }

  @Override
  public void release() {
    file.release();
  }

  @Override
  public void markObsolete() {
    file.markObsolete();
  }

  @Override
  public long bytes() {
    return file.bytes();
  }

  @Override
  public long rawBytes() {
    return file.rawBytes();
  }

  @Override
  public boolean hasStaticRows() {
    return file.hasStaticRows();
  }

  @Override
  public long partitions() {
    return file.partitions();
  }

  @Override
  public long rows() {
    return file.rows();
  }

  @Override
  public long cells() {
    return file.cells();
  }

  @Override
  public long tombstones() {
    return file.tombstones();
  }

  @Override
  public long deletedOrExpiredBefore(long seconds) {
    return file.deletedOrExpiredBefore(seconds);
  }

  @Override
  public long minTimestamp() {
    return file.minTimestamp();
  }

  @Override
  public long maxTimestamp() {
    return file.maxTimestamp();
  }

  @Override
  public long minLocalDeletion() {
    return file.minLocalDeletion();
  }

  @Override
  public long maxLocalDeletion() {
    return file.maxLocalDeletion();
  }

  @Override
  public long firstToken() {
    return file.firstToken();
  }

  @Override
  public long lastToken() {
    return file.lastToken();
  }
}

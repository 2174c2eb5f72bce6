package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;

/** A file of which only some partitions are shown. Its figures are those of the whole file. */
abstract class PartialFile implements TableFile {
  private final TableFile file;

  PartialFile(TableFile file) {
    this.file = file;
  }

  /** The file without this restriction. */
  TableFile whole() {
    return file;
  }

  /** Whether the partitions of a token are shown. */
  abstract boolean shows(long token);

  @Override
  public PartitionCursor partition(long token, byte[] key, Slices slices, Lane lane) {
    return shows(token) ? file.partition(token, key, slices, lane) : null;
  }

  @Override
  public byte[] latePosition(Slices slices, boolean reversed) {
    return file.latePosition(slices, reversed);
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Slices slices, Lane lane) {
    PartitionCursor cursor = file.scan(range, slices, lane);
    return cursor == null ? null : new Filter(cursor);
  }

  private final class Filter extends ForwardingPartitionCursor {
    Filter(PartitionCursor source) {
      super(source);
    }

    @Override
    public Step next() {
      Step step = source.next();
      while (step == Step.PARTITION && !shows(source.token())) {
        step = source.next();
      }
      return step;
    }
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

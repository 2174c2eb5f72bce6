package io.ilion.storage.compaction;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/**
 * Shows one source as several, one after the other: it ends where a file should end, and goes on
 * with the partition that comes next.
 */
public final class SplitCursor implements PartitionCursor {
  private final PartitionCursor source;
  private final OutputSplit split;
  private boolean ended;
  private boolean pending;
  private boolean first;
  private long token;
  private long bytes;

  /** Splits a source that is never blocked. */
  public SplitCursor(PartitionCursor source, OutputSplit split) {
    this.source = source;
    this.split = split;
  }

  /** Begins the next file; false if nothing is left for one. */
  public boolean nextFile() {
    first = true;
    bytes = 0;
    return !ended;
  }

  /** So much was written of the current file. */
  public void written(long count) {
    bytes += count;
  }

  @Override
  public Step next() {
    if (pending) {
      pending = false;
    } else {
      Step step = source.next();
      if (step != Step.PARTITION) {
        ended = step == Step.END;
        return step;
      }
      if (!first && source.token() != token && isFull(source.token())) {
        pending = true;
        return Step.END;
      }
    }
    first = false;
    token = source.token();
    return Step.PARTITION;
  }

  private boolean isFull(long next) {
    return bytes >= split.maxFileBytes() || split.shardOf(next) != split.shardOf(token);
  }

  @Override
  public void awaitBlock(Runnable resume) {
    source.awaitBlock(resume);
  }

  @Override
  public long token() {
    return source.token();
  }

  @Override
  public byte[] partitionKey() {
    return source.partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return source.partitionDeletion();
  }

  @Override
  public byte[] staticRow() {
    return source.staticRow();
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return source.rows(slices, reversed);
  }

  @Override
  public void close() {
    source.close();
  }
}

package io.ilion.storage.compaction;

import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.PartitionCursor;

/**
 * Shows one source as several, one after the other: it ends where a file should end, and goes on
 * with the partition that comes next.
 */
public final class SplitCursor extends ForwardingPartitionCursor {
  private final OutputSplit split;
  private boolean ended;
  private boolean pending;
  private boolean first;
  private long token;
  private long bytes;

  /** Splits a source that is never blocked. */
  public SplitCursor(PartitionCursor source, OutputSplit split) {
    super(source);
    this.split = split;
  }

  /** Begins the next file; false if nothing is left for one. */
  public boolean nextFile() {
    first = true;
    bytes = 0;
    return !ended;
  }

  /** How long the current file is by now. */
  public void setBytes(long length) {
    bytes = length;
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
}

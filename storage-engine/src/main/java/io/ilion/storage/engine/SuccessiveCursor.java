package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/** Shows one source after another; their tokens ascend. */
abstract class SuccessiveCursor implements PartitionCursor {
  private PartitionCursor source;

  /** The next source, which this closes; null for no more. */
  protected abstract PartitionCursor nextSource();

  @Override
  public Step next() {
    while (true) {
      if (source == null) {
        source = nextSource();
        if (source == null) {
          return Step.END;
        }
      }
      Step step = source.next();
      if (step != Step.END) {
        return step;
      }
      close();
    }
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
    if (source != null) {
      source.close();
      source = null;
    }
  }
}

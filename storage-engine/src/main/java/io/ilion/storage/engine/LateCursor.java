package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.storage.EntryCursor;
import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/**
 * One partition of a file of which it is known that its rows all lie behind some position of the
 * walk. It begins there, with a marker that changes nothing, and looks into the file only when a
 * merge has come so far: a read with a limit often does not, as where rows come in the order of
 * time and each file has a part of it. (Cassandra's iterators with a lower bound do the same.)
 */
final class LateCursor extends ForwardingPartitionCursor {
  private final long token;
  private final byte[] key;
  private final byte[] position;
  private boolean begun;

  /**
   * Delays a cursor over one partition that has neither a deletion of its own nor a static row.
   *
   * @param position before all rows and markers in the direction of the walk, and none of them
   */
  LateCursor(PartitionCursor source, long token, byte[] key, byte[] position) {
    super(source);
    this.token = token;
    this.key = key;
    this.position = position;
  }

  @Override
  public Step next() {
    Step step = begun ? Step.END : Step.PARTITION;
    begun = true;
    return step;
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public byte[] partitionKey() {
    return key;
  }

  @Override
  public Deletion partitionDeletion() {
    return Deletion.NONE;
  }

  @Override
  public byte[] staticRow() {
    return null;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return new Rows(slices, reversed);
  }

  private final class Rows extends EntryCursor {
    private final Slices slices;
    private final boolean reversed;
    private boolean reached;

    /** Null until the partition has been found. */
    private RowCursor rows;

    Rows(Slices slices, boolean reversed) {
      this.slices = slices;
      this.reversed = reversed;
    }

    @Override
    public Step next() {
      if (!reached) {
        reached = true;
        return marker(position, Deletion.NONE, Deletion.NONE);
      }
      if (rows == null) {
        switch (source.next()) {
          case BLOCKED -> {
            return Step.BLOCKED;
          }
          case END -> {
            return Step.END;
          }
          case PARTITION -> rows = source.rows(slices, reversed);
        }
      }
      Step step = rows.next();
      if (step == Step.ROW || step == Step.MARKER) {
        take(rows, step);
      }
      return step;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      if (rows == null) {
        source.awaitBlock(resume);
      } else {
        rows.awaitBlock(resume);
      }
    }
  }
}

package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** A source of a compaction that counts its steps and says if the file is damaged. */
final class WatchedCursor implements PartitionCursor {
  private static final int REPORTED_STEPS = 256;

  private final PartitionCursor source;
  private final LongConsumer steps;
  private final Consumer<CorruptDataException> damage;
  private int count;

  /**
   * Watches a source that is never blocked.
   *
   * @param steps is now and then given the number of partitions and rows since it was called last,
   *     and may throw to end the walk
   */
  WatchedCursor(PartitionCursor source, LongConsumer steps, Consumer<CorruptDataException> damage) {
    this.source = source;
    this.steps = steps;
    this.damage = damage;
  }

  private void count() {
    if (++count == REPORTED_STEPS) {
      count = 0;
      steps.accept(REPORTED_STEPS);
    }
  }

  @Override
  public Step next() {
    count();
    try {
      return source.next();
    } catch (CorruptDataException e) {
      damage.accept(e);
      throw e;
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
    return new Rows(source.rows(slices, reversed));
  }

  @Override
  public void close() {
    source.close();
  }

  private final class Rows implements RowCursor {
    private final RowCursor rows;

    Rows(RowCursor rows) {
      this.rows = rows;
    }

    @Override
    public Step next() {
      count();
      try {
        return rows.next();
      } catch (CorruptDataException e) {
        damage.accept(e);
        throw e;
      }
    }

    @Override
    public void awaitBlock(Runnable resume) {
      rows.awaitBlock(resume);
    }

    @Override
    public byte[] keyArray() {
      return rows.keyArray();
    }

    @Override
    public int keyOffset() {
      return rows.keyOffset();
    }

    @Override
    public int keyLength() {
      return rows.keyLength();
    }

    @Override
    public byte[] imageArray() {
      return rows.imageArray();
    }

    @Override
    public int imageOffset() {
      return rows.imageOffset();
    }

    @Override
    public int imageLength() {
      return rows.imageLength();
    }

    @Override
    public Deletion before() {
      return rows.before();
    }

    @Override
    public Deletion after() {
      return rows.after();
    }
  }
}

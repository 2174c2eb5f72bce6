package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.ForwardingRowCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** A source of a compaction that counts its steps and says if the file is damaged. */
final class WatchedCursor extends ForwardingPartitionCursor {
  private static final int REPORTED_STEPS = 256;

  private final LongConsumer steps;
  private final Consumer<CorruptDataException> damage;
  private final Rows rows = new Rows();
  private int count;

  /**
   * Watches a source that is never blocked.
   *
   * @param steps is now and then given the number of partitions and rows since it was called last,
   *     and may throw to end the walk
   */
  WatchedCursor(PartitionCursor source, LongConsumer steps, Consumer<CorruptDataException> damage) {
    super(source);
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
  public RowCursor rows(Slices slices, boolean reversed) {
    return rows.begin(source.rows(slices, reversed));
  }

  private final class Rows extends ForwardingRowCursor {
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
  }
}

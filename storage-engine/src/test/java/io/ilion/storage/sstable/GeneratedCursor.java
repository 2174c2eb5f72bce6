package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.function.IntFunction;

/**
 * Partitions that exist only while they are written: each has a token for its number, a key and
 * rows with one cell. So that a test can have a million of either.
 */
final class GeneratedCursor implements PartitionCursor {
  private final int partitions;
  private final int rows;
  private final IntFunction<byte[]> keys;
  private final IntFunction<byte[]> clusterings;
  private final IntFunction<byte[]> values;
  private int partition = -1;

  /**
   * Generates partitions.
   *
   * @param clusterings the clustering key of each row; ascending
   * @param values the one value of each row
   */
  GeneratedCursor(
      int partitions,
      int rows,
      IntFunction<byte[]> keys,
      IntFunction<byte[]> clusterings,
      IntFunction<byte[]> values) {
    this.partitions = partitions;
    this.rows = rows;
    this.keys = keys;
    this.clusterings = clusterings;
    this.values = values;
  }

  /** The token of a partition, far from those of its neighbours. */
  static long token(int partition) {
    return Long.MIN_VALUE + 1 + partition * 1_000_000_007L;
  }

  @Override
  public Step next() {
    partition++;
    return partition < partitions ? Step.PARTITION : Step.END;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    throw new IllegalStateException("never blocked");
  }

  @Override
  public long token() {
    return token(partition);
  }

  @Override
  public byte[] partitionKey() {
    return keys.apply(partition);
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
    return new Rows();
  }

  @Override
  public void close() {}

  private final class Rows implements RowCursor {
    private final RowWriter writer = new RowWriter();
    private int row = -1;
    private byte[] key;

    @Override
    public Step next() {
      row++;
      if (row >= rows) {
        return Step.END;
      }
      key = clusterings.apply(row);
      writer.reset().liveness(1_000).cell(1, null, 1_000, 0, 0, values.apply(row));
      return Step.ROW;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      throw new IllegalStateException("never blocked");
    }

    @Override
    public byte[] keyArray() {
      return key;
    }

    @Override
    public int keyOffset() {
      return 0;
    }

    @Override
    public int keyLength() {
      return key.length;
    }

    @Override
    public byte[] imageArray() {
      return writer.array();
    }

    @Override
    public int imageOffset() {
      return 0;
    }

    @Override
    public int imageLength() {
      return writer.size();
    }

    @Override
    public Deletion before() {
      return Deletion.NONE;
    }

    @Override
    public Deletion after() {
      return Deletion.NONE;
    }
  }
}

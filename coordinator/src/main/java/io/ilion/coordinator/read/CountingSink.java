package io.ilion.coordinator.read;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.ForwardingSink;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;

/** Counts what a read gives to a sink, deletions as {@link Tombstones} does. */
abstract class CountingSink extends ForwardingSink {
  private final long nowSeconds;
  private long partitions;
  private long rows;
  private long deadRows;
  private long deletions;

  CountingSink(RowSink sink, long nowSeconds) {
    super(sink);
    this.nowSeconds = nowSeconds;
  }

  /** Told once that nothing more will come, before the sink is. */
  abstract void ended();

  long partitions() {
    return partitions;
  }

  long rows() {
    return rows;
  }

  long deadRows() {
    return deadRows;
  }

  long deletions() {
    return deletions;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    partitions++;
    deletions += deletion.isNone() ? 0 : 1;
    return super.partition(token, partitionKey, deletion);
  }

  @Override
  public boolean staticRow(RowReader row) {
    deletions += deadCells(row);
    return super.staticRow(row);
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    boolean live = row.isLive(nowSeconds);
    long dead = deadCells(row);
    rows += live ? 1 : 0;
    deadRows += live ? 0 : 1;
    deletions += dead == 0 && !live && row.hasDeletion() ? 1 : dead;
    return super.row(keyArray, keyOffset, keyLength, row);
  }

  private long deadCells(RowReader row) {
    long dead = 0;
    row.rewind();
    while (row.nextCell()) {
      dead += row.isColumnDeletion() || row.cellIsLive(nowSeconds) ? 0 : 1;
    }
    row.rewind();
    return dead;
  }

  @Override
  public void deletionMarker(long token, byte[] partitionKey) {
    deletions++;
    super.deletionMarker(token, partitionKey);
  }

  @Override
  public boolean marker(RowCursor at) {
    deletions++;
    return super.marker(at);
  }

  @Override
  public void finished() {
    ended();
    super.finished();
  }

  @Override
  public void failed(Throwable cause) {
    ended();
    super.failed(cause);
  }
}

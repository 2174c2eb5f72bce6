package io.ilion.coordinator.read;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;

/** Counts what a read gives to a sink, deletions as {@link Tombstones} does. */
abstract class CountingSink implements RowSink {
  private final RowSink sink;
  private final long nowSeconds;
  private long partitions;
  private long rows;
  private long deadRows;
  private long deletions;

  CountingSink(RowSink sink, long nowSeconds) {
    this.sink = sink;
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
    return sink.partition(token, partitionKey, deletion);
  }

  @Override
  public boolean staticRow(RowReader row) {
    deletions += deadCells(row);
    return sink.staticRow(row);
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    boolean live = row.isLive(nowSeconds);
    long dead = deadCells(row);
    rows += live ? 1 : 0;
    deadRows += live ? 0 : 1;
    deletions += dead == 0 && !live && row.hasDeletion() ? 1 : dead;
    return sink.row(keyArray, keyOffset, keyLength, row);
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
    sink.deletionMarker(token, partitionKey);
  }

  @Override
  public boolean wantsMarkers() {
    return sink.wantsMarkers();
  }

  @Override
  public boolean marker(RowCursor at) {
    deletions++;
    return sink.marker(at);
  }

  @Override
  public boolean endOfPartition() {
    return sink.endOfPartition();
  }

  @Override
  public void finished() {
    ended();
    sink.finished();
  }

  @Override
  public void failed(Throwable cause) {
    ended();
    sink.failed(cause);
  }
}

package io.ilion.coordinator.write;

import io.ilion.cql.modify.CurrentRow;
import io.ilion.cql.modify.CurrentRows;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.RowSink;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/** Keeps some rows of one partition as they were read. */
final class RowsRead implements RowSink, CurrentRows {
  private final IntPredicate columns;
  private final long nowSeconds;
  private final boolean firstOnly;
  private final Consumer<Throwable> done;
  private final Map<ByteBuffer, CurrentRow> rows = new HashMap<>();
  private final Map<ByteBuffer, byte[]> images = new HashMap<>();
  private CurrentRow staticRow;
  private byte[] staticImage;
  private byte[] firstKey;
  private long newestTimestamp = Long.MIN_VALUE;

  /**
   * Keeps rows.
   *
   * @param columns those by which rows exist, by their ids
   * @param firstOnly whether the first live row is all that is wanted
   */
  RowsRead(IntPredicate columns, long nowSeconds, boolean firstOnly, Consumer<Throwable> done) {
    this.columns = columns;
    this.nowSeconds = nowSeconds;
    this.firstOnly = firstOnly;
    this.done = done;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    newestTimestamp = Math.max(newestTimestamp, deletion.timestamp());
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    staticImage = row.image();
    noteTimestamps(staticImage);
    if (row.isLive(nowSeconds, columns)) {
      staticRow = new CurrentRow(row, nowSeconds);
    }
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    boolean live = row.isLive(nowSeconds, columns);
    if (firstOnly && !live) {
      // There may be any number of them before the first that lives.
      return true;
    }
    byte[] key = new byte[keyLength];
    System.arraycopy(keyArray, keyOffset, key, 0, keyLength);
    byte[] image = row.image();
    noteTimestamps(image);
    images.put(ByteBuffer.wrap(key), image);
    if (live) {
      rows.put(ByteBuffer.wrap(key), new CurrentRow(row, nowSeconds));
      firstKey = firstKey == null ? key : firstKey;
    }
    return !firstOnly || firstKey == null;
  }

  private void noteTimestamps(byte[] image) {
    RowReader row = new RowReader().wrap(image);
    if (row.hasLiveness()) {
      newestTimestamp = Math.max(newestTimestamp, row.livenessTimestamp());
    }
    if (row.hasDeletion()) {
      newestTimestamp = Math.max(newestTimestamp, row.deletionTimestamp());
    }
    while (row.nextCell()) {
      newestTimestamp = Math.max(newestTimestamp, row.timestamp());
    }
  }

  @Override
  public void finished() {
    done.accept(null);
  }

  @Override
  public void failed(Throwable cause) {
    done.accept(cause);
  }

  @Override
  public CurrentRow row(byte[] partitionKey, byte[] clusteringKey) {
    return clusteringKey == null ? staticRow : rows.get(ByteBuffer.wrap(clusteringKey));
  }

  /** The newest timestamp, in microseconds, of all that was read, tombstones included. */
  long newestTimestamp() {
    return newestTimestamp;
  }

  /** The clustering key of the first live row, or null. */
  byte[] firstKey() {
    return firstKey;
  }

  /** The image of a row (null key: the static one), or null if there is none. */
  byte[] image(byte[] clusteringKey) {
    return clusteringKey == null ? staticImage : images.get(ByteBuffer.wrap(clusteringKey));
  }
}

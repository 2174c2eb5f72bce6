package io.ilion.storage.engine;

import io.ilion.model.data.RowReader;
import io.ilion.storage.RowSink;
import java.util.Arrays;
import java.util.HexFormat;

/** Keeps of one row what a user would see of some columns at a time. */
final class VisibleSink implements RowSink {
  private final int[] columns;
  private final long now;
  private final StringBuilder visible = new StringBuilder();
  private boolean over;

  VisibleSink(int[] columns, long now) {
    this.columns = columns;
    this.now = now;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    if (row.isLive(now)) {
      visible.append(HexFormat.of().formatHex(keyArray, keyOffset, keyOffset + keyLength));
      while (row.nextCell()) {
        if (row.cellIsLive(now) && Arrays.binarySearch(columns, row.column()) >= 0) {
          visible
              .append(' ')
              .append(row.column())
              .append('=')
              .append(HexFormat.of().formatHex(row.value()))
              .append('@')
              .append(row.timestamp());
        }
      }
    }
    return true;
  }

  @Override
  public void finished() {
    over = true;
  }

  @Override
  public void failed(Throwable cause) {
    throw new AssertionError("the read failed", cause);
  }

  boolean isOver() {
    return over;
  }

  String visible() {
    return visible.toString();
  }
}

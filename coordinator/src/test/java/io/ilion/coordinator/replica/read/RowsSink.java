package io.ilion.coordinator.replica.read;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.RowSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Collects live rows up to a number, of each partition too, as statements do. */
final class RowsSink implements RowSink {
  private final long now;
  private final int rows;
  private final int perPartition;
  private final int[] columns;
  private final List<String> lines = new ArrayList<>();
  private int count;
  private int inPartition;
  private String head;
  private String statics;
  boolean over;
  Throwable failure;

  RowsSink(long now, int rows, int perPartition) {
    this(now, rows, perPartition, null);
  }

  /** Shows only some columns, ascending and none of them static, if they are not null. */
  RowsSink(long now, int rows, int perPartition, int[] columns) {
    this.columns = columns;
    this.now = now;
    this.rows = rows;
    this.perPartition = perPartition;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    head = HexFormat.of().formatHex(partitionKey);
    statics = null;
    inPartition = 0;
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    statics = row.isLive(now) && columns == null ? live(row) : null;
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    if (over) {
      throw new AssertionError("a row behind the end");
    }
    if (!row.isLive(now)) {
      return true;
    }
    String key = HexFormat.of().formatHex(keyArray, keyOffset, keyOffset + keyLength);
    lines.add(head + ' ' + key + live(row) + " / " + statics);
    count++;
    inPartition++;
    return count < rows && inPartition < perPartition;
  }

  @Override
  public boolean endOfPartition() {
    if (inPartition == 0 && statics != null) {
      lines.add(head + " / " + statics);
      count++;
    }
    return count < rows;
  }

  private String live(RowReader row) {
    StringBuilder text = new StringBuilder();
    while (row.nextCell()) {
      boolean shown = columns == null || Arrays.binarySearch(columns, row.column()) >= 0;
      if (shown && row.cellIsLive(now)) {
        text.append(' ').append(row.column()).append(':');
        text.append(HexFormat.of().formatHex(row.path())).append('=');
        text.append(HexFormat.of().formatHex(row.value())).append('@').append(row.timestamp());
      }
    }
    return text.toString();
  }

  @Override
  public void finished() {
    end();
  }

  @Override
  public void failed(Throwable cause) {
    end();
    failure = cause;
  }

  private void end() {
    if (over) {
      throw new AssertionError("told twice of the end");
    }
    over = true;
  }

  List<String> lines() {
    if (!over || failure != null) {
      throw new AssertionError("the read did not end well", failure);
    }
    return lines;
  }
}

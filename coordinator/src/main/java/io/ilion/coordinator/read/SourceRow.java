package io.ilion.coordinator.read;

import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.Evaluation.Attribute;
import io.ilion.cql.term.Evaluation.Cells;
import io.ilion.cql.term.WireValues;
import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import java.util.ArrayList;
import java.util.List;

/**
 * One row as a statement sees it: its columns decoded, with the position that a later page goes on
 * behind.
 */
final class SourceRow implements Evaluation.RowValues {
  private final ColumnLayout layout;
  final long token;
  final byte[] partitionKey;

  /** The clustering key, or null where the row stands for a partition with static columns only. */
  final byte[] clusteringKey;

  private final byte[][] values;
  private final byte[] image;
  private final byte[] staticImage;
  private final long nowSeconds;

  SourceRow(
      ColumnLayout layout,
      long token,
      byte[] partitionKey,
      byte[] clusteringKey,
      byte[][] values,
      byte[] image,
      byte[] staticImage,
      long nowSeconds) {
    this.layout = layout;
    this.token = token;
    this.partitionKey = partitionKey;
    this.clusteringKey = clusteringKey;
    this.values = values;
    this.image = image;
    this.staticImage = staticImage;
    this.nowSeconds = nowSeconds;
  }

  @Override
  public byte[] value(int columnId) {
    int ordinal = layout.ordinal(columnId);
    return ordinal < 0 ? null : values[ordinal];
  }

  @Override
  public byte[] attribute(int columnId, Attribute attribute, Cells cells) {
    ColumnDefinition column = layout.table().column(columnId);
    byte[] source = column.isStatic() ? staticImage : image;
    if (source == null) {
      return null;
    }
    List<byte[]> found = new ArrayList<>();
    long max = Long.MIN_VALUE;
    RowReader reader = new RowReader().wrap(source);
    while (reader.nextCell()) {
      if (reader.column() != columnId || !reader.cellIsLive(nowSeconds)) {
        continue;
      }
      if (column.isMultiCell()) {
        if (!cells.hold(reader.array(), reader.pathOffset(), reader.pathLength())) {
          continue;
        }
        if (column.type().isUdt() && !cells.isOne()) {
          // The fields that are not there have a place in the list too.
          pad(found, CellPath.field(reader.array(), reader.pathOffset()));
        }
      }
      max = Math.max(max, reader.timestamp());
      found.add(value(reader, attribute));
    }
    if (found.isEmpty()) {
      return null;
    }
    if (attribute == Attribute.MAXWRITETIME) {
      return bigEndian(max);
    }
    if (!column.isMultiCell() || cells.isOne()) {
      return found.get(0);
    }
    if (column.type().isUdt()) {
      pad(found, column.type().componentTypes().size());
    }
    return WireValues.collection(found.size(), found);
  }

  private static void pad(List<byte[]> values, int size) {
    while (values.size() < size) {
      values.add(null);
    }
  }

  private byte[] value(RowReader cell, Attribute attribute) {
    if (attribute != Attribute.TTL) {
      return bigEndian(cell.timestamp());
    }
    if (!cell.isExpiring()) {
      return null;
    }
    byte[] seconds = new byte[4];
    Bytes.putInt(seconds, 0, (int) (cell.expiresAt() - nowSeconds));
    return seconds;
  }

  private static byte[] bigEndian(long value) {
    byte[] bytes = new byte[8];
    Bytes.putLong(bytes, 0, value);
    return bytes;
  }

  /** The bytes that it takes, roughly. */
  long bytes() {
    long bytes = 64;
    for (byte[] value : values) {
      bytes += ResultBudget.bytes(value);
    }
    return bytes + ResultBudget.bytes(image);
  }
}

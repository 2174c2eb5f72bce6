package io.ilion.cql.modify;

import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/** Shows updates as lines of text. */
final class UpdateText {
  private final TableDefinition table;
  private final ClusteringCodec codec;

  UpdateText(TableDefinition table) {
    this.table = table;
    codec =
        new ClusteringCodec(
            table.clustering().stream().map(ColumnDefinition::type).toList(),
            table.clustering().stream().map(ColumnDefinition::descending).toList());
  }

  List<String> lines(UpdateBuffer.PartitionUpdate partition) {
    List<String> lines = new ArrayList<>();
    String key = key(partition.partitionKey());
    for (UpdateBuffer.CounterIncrement increment : partition.increments()) {
      lines.add(
          key
              + row(increment.clusteringKey())
              + " "
              + table.column(increment.column()).name()
              + (increment.amount() < 0 ? "" : "+")
              + increment.amount());
    }
    if (partition.update() == null) {
      return lines;
    }
    UpdateReader update = new UpdateReader().wrap(partition.update());
    if (!update.partitionDeletion().isNone()) {
      lines.add(key + " deleted@" + update.partitionDeletion().timestamp());
    }
    if (update.hasStaticRow()) {
      lines.add(
          key
              + " static"
              + cells(update.array(), update.staticRowOffset(), update.staticRowLength()));
    }
    while (update.nextEntry()) {
      byte[] start =
          Arrays.copyOfRange(
              update.array(), update.keyOffset(), update.keyOffset() + update.keyLength());
      if (update.isRow()) {
        lines.add(
            key + row(start) + cells(update.array(), update.imageOffset(), update.imageLength()));
      } else {
        byte[] end =
            Arrays.copyOfRange(
                update.array(),
                update.rangeEndOffset(),
                update.rangeEndOffset() + update.rangeEndLength());
        lines.add(
            key
                + " range "
                + bound(start)
                + " to "
                + bound(end)
                + " deleted@"
                + update.rangeDeletion().timestamp());
      }
    }
    return lines;
  }

  private String key(byte[] key) {
    byte[][] values = PartitionKeyCodec.split(key, table.partitionKey().size());
    StringJoiner text = new StringJoiner(",");
    for (int i = 0; i < values.length; i++) {
      text.add(table.partitionKey().get(i).type().toCqlLiteral(values[i]));
    }
    return text.toString();
  }

  private String row(byte[] clustering) {
    return clustering == null ? " static" : clustering.length == 0 ? "" : "/" + bound(clustering);
  }

  private String bound(byte[] bytes) {
    boolean behind = bytes.length > 0 && bytes[bytes.length - 1] == (byte) 0xff;
    int length = behind ? bytes.length - 1 : bytes.length;
    byte[][] values = codec.decode(bytes, 0, length);
    StringJoiner text = new StringJoiner(",");
    for (int i = 0; i < values.length && values[i] != null; i++) {
      text.add(table.clustering().get(i).type().toCqlLiteral(values[i]));
    }
    return (behind ? ">" : "") + text;
  }

  private String cells(byte[] array, int offset, int length) {
    RowReader row = new RowReader().wrap(array, offset, length);
    StringBuilder text = new StringBuilder();
    if (row.hasLiveness()) {
      text.append(" live@").append(row.livenessTimestamp());
      if (row.livenessTtl() != 0) {
        text.append('-').append(row.livenessExpiresAt());
      }
    }
    if (row.hasDeletion()) {
      text.append(" deleted@").append(row.deletionTimestamp());
    }
    while (row.nextCell()) {
      ColumnDefinition column = table.column(row.column());
      text.append(' ').append(column.name());
      if (row.isColumnDeletion()) {
        text.append("{}@").append(row.timestamp());
        continue;
      }
      text.append(path(column, row)).append('=').append(value(column, row));
      text.append('@').append(row.timestamp());
      if (row.isExpiring()) {
        text.append('-').append(row.expiresAt());
      }
    }
    return text.toString();
  }

  private static String path(ColumnDefinition column, RowReader row) {
    if (!row.hasPath()) {
      return "";
    }
    CqlType type = column.type();
    return switch (type.kind()) {
      case UDT -> "." + CellPath.field(row.path(), 0);
      case LIST -> "[]";
      default -> {
        CqlType keyType = type.componentTypes().get(0);
        byte[] path = row.path();
        yield "[" + keyType.toCqlLiteral(CellPath.key(keyType, path, 0, path.length)) + "]";
      }
    };
  }

  private static String value(ColumnDefinition column, RowReader row) {
    if (row.isTombstone()) {
      return "-";
    }
    CqlType type = column.type();
    if (!type.isMultiCell()) {
      return type.toCqlLiteral(row.value());
    }
    List<CqlType> parts = type.componentTypes();
    if (type.kind() == Kind.UDT) {
      return parts.get(CellPath.field(row.path(), 0)).toCqlLiteral(row.value());
    }
    return type.kind() == Kind.SET ? "" : parts.getLast().toCqlLiteral(row.value());
  }
}

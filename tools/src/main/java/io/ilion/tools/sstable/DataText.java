package io.ilion.tools.sstable;

import io.ilion.model.CqlException;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.DroppedColumn;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.SetType;
import io.ilion.model.type.UserType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is stored, as text: with names and values as CQL writes them if the table is known. Else,
 * and where something is not what its type allows, bytes are shown in hexadecimal digits, and as
 * text beside that where all of them can be printed; columns have their numbers.
 */
final class DataText {
  private static final int LONGEST = 64;
  private static final int BEHIND = 0xff;

  private final TableDefinition table;
  private final ClusteringCodec clustering;

  /** Text of the data of a table, or of one that is not known (null). */
  DataText(TableDefinition table) {
    this.table = table;
    this.clustering =
        table == null
            ? null
            : new ClusteringCodec(
                table.clustering().stream().map(ColumnDefinition::type).toList(),
                table.clustering().stream().map(ColumnDefinition::descending).toList());
  }

  /** The table, or null if it is not known. */
  TableDefinition table() {
    return table;
  }

  static String bytes(byte[] array, int offset, int length) {
    if (length == 0) {
      return "''";
    }
    int shown = Math.min(length, LONGEST);
    String hex = "0x" + HexFormat.of().formatHex(array, offset, offset + shown);
    if (length > shown) {
      hex += "... (" + length + " bytes)";
    }
    for (int i = offset; i < offset + length; i++) {
      if (array[i] < ' ' || array[i] > '~') {
        return hex;
      }
    }
    return hex
        + " '"
        + new String(array, offset, shown, StandardCharsets.US_ASCII)
        + (length > shown ? "..." : "")
        + "'";
  }

  static String bytes(byte[] array) {
    return bytes(array, 0, array.length);
  }

  static String deletion(Deletion deletion) {
    return deletion.isNone()
        ? "none"
        : "@" + deletion.timestamp() + " deleted " + Instant.ofEpochSecond(deletion.localSeconds());
  }

  /** The text, or the other one if the bytes are not what the schema says they are. */
  private static String or(Supplier<String> typed, Supplier<String> otherwise) {
    try {
      return typed.get();
    } catch (CqlException | CorruptDataException | IndexOutOfBoundsException e) {
      return otherwise.get();
    } catch (IllegalArgumentException | ArithmeticException | java.time.DateTimeException e) {
      return otherwise.get();
    }
  }

  private static String literal(CqlType type, byte[] value) {
    return or(
        () -> {
          type.validate(value);
          return type.toCqlLiteral(value);
        },
        () -> bytes(value));
  }

  private static String named(ColumnDefinition column, byte[] value) {
    return column.name() + "=" + literal(column.type(), value);
  }

  /** A partition key, such as {@code region='eu' day=5}. */
  String partitionKey(byte[] key) {
    if (table == null) {
      return bytes(key);
    }
    return or(
        () -> {
          List<ColumnDefinition> columns = table.partitionKey();
          byte[][] values =
              columns.size() == 1
                  ? new byte[][] {key}
                  : PartitionKeyCodec.split(key, columns.size());
          List<String> parts = new ArrayList<>();
          for (int i = 0; i < values.length; i++) {
            parts.add(named(columns.get(i), values[i]));
          }
          return String.join(" ", parts);
        },
        () -> bytes(key));
  }

  /** A clustering key, or a place between such keys. */
  String clusteringKey(byte[] array, int offset, int length) {
    if (table == null) {
      return bytes(array, offset, length);
    }
    if (length == 0) {
      return table.clustering().isEmpty() ? "" : "start";
    }
    boolean behind = (array[offset + length - 1] & 0xff) == BEHIND;
    return or(
        () -> values(array, offset, length),
        // A place behind all that begins so; but the last component may end in the same byte.
        () ->
            behind
                ? or(
                    () -> length == 1 ? "end" : "behind " + values(array, offset, length - 1),
                    () -> bytes(array, offset, length))
                : bytes(array, offset, length));
  }

  private String values(byte[] array, int offset, int length) {
    List<byte[]> known = clusteringValues(array, offset, length);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      parts.add(named(table.clustering().get(i), known.get(i)));
    }
    return String.join(" ", parts);
  }

  /**
   * The values of the first clustering columns that bytes stand for.
   *
   * @throws CorruptDataException if they stand for none
   */
  List<byte[]> clusteringValues(byte[] array, int offset, int length) {
    byte[][] values = clustering.decode(array, offset, length);
    // Only what is written so again is what these bytes mean.
    List<byte[]> known = Arrays.stream(values).takeWhile(value -> value != null).toList();
    byte[] again = clustering.encode(known);
    if (!Arrays.equals(again, 0, again.length, array, offset, offset + length)) {
      throw new CorruptDataException("no clustering key");
    }
    return known;
  }

  /** The column of a number, dropped ones too; null if it is not known. */
  ColumnDefinition column(int id) {
    if (table == null) {
      return null;
    }
    ColumnDefinition column = table.column(id);
    if (column == null) {
      for (DroppedColumn dropped : table.droppedColumns()) {
        column = dropped.column().id() == id ? dropped.column() : column;
      }
    }
    return column;
  }

  /** A row behind its key: liveness, deletion, cells. */
  String row(RowReader row) {
    StringBuilder text = new StringBuilder();
    if (row.hasLiveness()) {
      text.append(" live @").append(row.livenessTimestamp());
      if (row.livenessTtl() > 0) {
        text.append(" ttl ").append(row.livenessTtl());
        text.append(" expires ").append(Instant.ofEpochSecond(row.livenessExpiresAt()));
      }
    }
    if (row.hasDeletion()) {
      text.append(" deletion ")
          .append(deletion(new Deletion(row.deletionTimestamp(), row.deletionLocalSeconds())));
    }
    while (row.nextCell()) {
      cell(row, text);
    }
    return text.toString();
  }

  private void cell(RowReader row, StringBuilder text) {
    ColumnDefinition column = column(row.column());
    text.append(" [").append(column == null ? Integer.toString(row.column()) : column.name());
    if (row.hasPath()) {
      text.append(path(column, row.path()));
    }
    if (row.isTombstone() || row.isColumnDeletion()) {
      text.append(" deleted ").append(Instant.ofEpochSecond(row.localDeletionSeconds()));
    } else {
      byte[] value =
          Arrays.copyOfRange(row.array(), row.valueOffset(), row.valueOffset() + row.valueLength());
      String shown = value(column, row, value);
      text.append(row.isCounter() ? " counter " : shown.isEmpty() ? "" : " ").append(shown);
    }
    text.append(" @").append(row.timestamp());
    if (row.isExpiring()) {
      text.append(" ttl ").append(row.ttl());
      text.append(" expires ").append(Instant.ofEpochSecond(row.expiresAt()));
    }
    text.append(']');
  }

  private static String path(ColumnDefinition column, byte[] path) {
    String hex = "/" + HexFormat.of().formatHex(path);
    return column == null
        ? hex
        : or(
            () ->
                switch (column.type()) {
                  case UserType type -> "." + type.fieldNames().get(CellPath.field(path, 0));
                  case CollectionType type -> key(type.pathType(), path);
                  default -> hex;
                },
            () -> hex);
  }

  private static String key(CqlType type, byte[] path) {
    return "[" + literal(type, CellPath.key(type, path, 0, path.length)) + "]";
  }

  private static String value(ColumnDefinition column, RowReader row, byte[] value) {
    if (row.isCounter()) {
      return or(
          () -> Long.toString(CounterShards.total(value, 0, value.length)), () -> bytes(value));
    }
    if (column == null) {
      return bytes(value);
    }
    if (!row.hasPath()) {
      return literal(column.type(), value);
    }
    return or(
        () ->
            switch (column.type()) {
              case UserType type ->
                  literal(type.componentTypes().get(CellPath.field(row.path(), 0)), value);
              case MapType type -> literal(type.valueType(), value);
              case SetType type -> "";
              case ListType type -> literal(type.elementType(), value);
              default -> bytes(value);
            },
        () -> bytes(value));
  }
}

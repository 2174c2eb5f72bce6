package io.ilion.tools.sstable;

import io.ilion.model.CqlException;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.SetType;
import io.ilion.model.type.UserType;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/**
 * What is stored, as JSON with the names that sstabledump has for it. Values are JSON as SELECT
 * JSON writes them; what is not what its type allows, or whose type is not known, is a text of 0x
 * and hexadecimal digits. Timestamps are microseconds, other times seconds.
 */
final class DataJson {
  private static final int BEHIND = 0xff;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final DataText text;
  private final TableDefinition table;

  /** JSON of what this is the text of. */
  DataJson(DataText text) {
    this.text = text;
    this.table = text.table();
  }

  /** The partition at which a cursor is, as one line. */
  String partition(PartitionCursor cursor) {
    Map<String, Object> head = head(cursor.partitionKey(), cursor.token());
    putDeletion(head, cursor.partitionDeletion());
    List<Object> rows = new ArrayList<>();
    RowReader row = new RowReader();
    if (cursor.staticRow() != null) {
      rows.add(fixed(row.wrap(cursor.staticRow())));
    }
    RowCursor inside = cursor.rows(Slices.ALL, false);
    for (RowCursor.Step step = inside.next(); step != RowCursor.Step.END; step = inside.next()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      if (step == RowCursor.Step.ROW) {
        entry.put("type", "row");
        putPlace(entry, inside.keyArray(), inside.keyOffset(), inside.keyLength(), false);
        put(entry, row.wrap(inside.imageArray(), inside.imageOffset(), inside.imageLength()));
      } else {
        boolean both = !inside.before().isNone() && !inside.after().isNone();
        entry.put("type", both ? "range_tombstone_boundary" : "range_tombstone_bound");
        putBound(entry, "end", inside, inside.before());
        putBound(entry, "start", inside, inside.after());
      }
      rows.add(entry);
    }
    Map<String, Object> partition = new LinkedHashMap<>();
    partition.put("partition", head);
    partition.put("rows", rows);
    return line(partition);
  }

  /** What a write does to its partition, behind what else is to be said of it, as one line. */
  String write(Map<String, Object> of, UpdateReader update) {
    Map<String, Object> head = head(update.partitionKey(), Murmur3.token(update.partitionKey()));
    putDeletion(head, update.partitionDeletion());
    List<Object> rows = new ArrayList<>();
    RowReader row = new RowReader();
    if (update.hasStaticRow()) {
      rows.add(fixed(row.wrap(update.array(), update.staticRowOffset(), update.staticRowLength())));
    }
    while (update.nextEntry()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      if (update.isRow()) {
        entry.put("type", "row");
        putPlace(entry, update.array(), update.keyOffset(), update.keyLength(), false);
        put(entry, row.wrap(update.array(), update.imageOffset(), update.imageLength()));
      } else {
        Map<String, Object> start = new LinkedHashMap<>();
        putPlace(start, update.array(), update.keyOffset(), update.keyLength(), true);
        Map<String, Object> end = new LinkedHashMap<>();
        putPlace(end, update.array(), update.rangeEndOffset(), update.rangeEndLength(), true);
        entry.put("type", "range_deletion");
        entry.put("start", start);
        entry.put("end", end);
        putDeletion(entry, update.rangeDeletion());
      }
      rows.add(entry);
    }
    Map<String, Object> write = new LinkedHashMap<>(of);
    write.put("partition", head);
    write.put("rows", rows);
    return line(write);
  }

  /** One object as one line. */
  static String line(Map<String, Object> values) {
    return JSON.writeValueAsString(values);
  }

  private Map<String, Object> head(byte[] key, long token) {
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("key", key(key));
    head.put("token", token);
    return head;
  }

  private Map<String, Object> fixed(RowReader row) {
    Map<String, Object> fixed = new LinkedHashMap<>();
    fixed.put("type", "static_block");
    put(fixed, row);
    return fixed;
  }

  private void putBound(
      Map<String, Object> entry, String name, RowCursor place, Deletion deletion) {
    if (deletion.isNone()) {
      return;
    }
    Map<String, Object> bound = new LinkedHashMap<>();
    putPlace(bound, place.keyArray(), place.keyOffset(), place.keyLength(), true);
    putDeletion(bound, deletion);
    entry.put(name, bound);
  }

  /** A clustering key; of a bound also whether it lies behind all that begin so. */
  private void putPlace(
      Map<String, Object> to, byte[] array, int offset, int length, boolean isBound) {
    if (table == null) {
      to.put("clustering", hex(array, offset, length));
      return;
    }
    boolean behind = length > 0 && (array[offset + length - 1] & 0xff) == BEHIND;
    List<Object> plain = or(() -> clustering(array, offset, length), () -> null);
    if (plain == null && isBound && behind) {
      to.put(
          "clustering",
          or(
              () -> clustering(array, offset, length - 1),
              () -> List.of(hex(array, offset, length))));
      to.put("behind", true);
      return;
    }
    to.put("clustering", plain == null ? List.of(hex(array, offset, length)) : plain);
  }

  private List<Object> clustering(byte[] array, int offset, int length) {
    List<Object> values = new ArrayList<>();
    if (length > 0) {
      List<byte[]> known = text.clusteringValues(array, offset, length);
      for (int i = 0; i < known.size(); i++) {
        values.add(value(table.clustering().get(i).type(), known.get(i)));
      }
    }
    return values;
  }

  private Object key(byte[] key) {
    if (table == null) {
      return List.of(hex(key));
    }
    List<ColumnDefinition> columns = table.partitionKey();
    return or(
        () -> {
          byte[][] values =
              columns.size() == 1
                  ? new byte[][] {key}
                  : PartitionKeyCodec.split(key, columns.size());
          List<Object> shown = new ArrayList<>();
          for (int i = 0; i < values.length; i++) {
            shown.add(value(columns.get(i).type(), values[i]));
          }
          return shown;
        },
        () -> List.of((Object) hex(key)));
  }

  private void put(Map<String, Object> entry, RowReader row) {
    if (row.hasLiveness()) {
      Map<String, Object> liveness = new LinkedHashMap<>();
      liveness.put("tstamp", row.livenessTimestamp());
      if (row.livenessTtl() > 0) {
        liveness.put("ttl", row.livenessTtl());
        liveness.put("expires_at", row.livenessExpiresAt());
      }
      entry.put("liveness_info", liveness);
    }
    if (row.hasDeletion()) {
      putDeletion(entry, new Deletion(row.deletionTimestamp(), row.deletionLocalSeconds()));
    }
    List<Object> cells = new ArrayList<>();
    while (row.nextCell()) {
      cells.add(cell(row));
    }
    entry.put("cells", cells);
  }

  private static void putDeletion(Map<String, Object> to, Deletion deletion) {
    if (!deletion.isNone()) {
      Map<String, Object> info = new LinkedHashMap<>();
      info.put("marked_deleted", deletion.timestamp());
      info.put("local_delete_time", deletion.localSeconds());
      to.put("deletion_info", info);
    }
  }

  private Map<String, Object> cell(RowReader row) {
    ColumnDefinition column = text.column(row.column());
    Map<String, Object> cell = new LinkedHashMap<>();
    cell.put("name", column == null ? Integer.toString(row.column()) : column.name());
    if (row.hasPath()) {
      cell.put("path", List.of(path(column, row.path())));
    }
    if (row.isColumnDeletion()) {
      putDeletion(cell, new Deletion(row.timestamp(), row.localDeletionSeconds()));
      return cell;
    }
    if (row.isTombstone()) {
      cell.put("deletion_info", Map.of("local_delete_time", row.localDeletionSeconds()));
    } else {
      cell.put("value", value(column, row));
    }
    cell.put("tstamp", row.timestamp());
    if (row.isExpiring()) {
      cell.put("ttl", row.ttl());
      cell.put("expires_at", row.expiresAt());
    }
    return cell;
  }

  private static Object path(ColumnDefinition column, byte[] path) {
    return column == null
        ? hex(path)
        : or(
            () ->
                switch (column.type()) {
                  case UserType type -> type.fieldNames().get(CellPath.field(path, 0));
                  case CollectionType type -> element(type.pathType(), path);
                  default -> hex(path);
                },
            () -> hex(path));
  }

  private static Object element(CqlType type, byte[] path) {
    return value(type, CellPath.key(type, path, 0, path.length));
  }

  private static Object value(ColumnDefinition column, RowReader row) {
    byte[] value =
        Arrays.copyOfRange(row.array(), row.valueOffset(), row.valueOffset() + row.valueLength());
    if (row.isCounter()) {
      return or(() -> CounterShards.total(value, 0, value.length), () -> hex(value));
    }
    if (column == null) {
      return hex(value);
    }
    if (!row.hasPath()) {
      return value(column.type(), value);
    }
    return or(
        () ->
            switch (column.type()) {
              case UserType type ->
                  value(type.componentTypes().get(CellPath.field(row.path(), 0)), value);
              case MapType type -> value(type.valueType(), value);
              case SetType type -> "";
              case ListType type -> value(type.elementType(), value);
              default -> hex(value);
            },
        () -> hex(value));
  }

  private static Object value(CqlType type, byte[] value) {
    return or(
        () -> {
          type.validate(value);
          return new RawValue(type.toJson(value));
        },
        () -> hex(value));
  }

  /** What is typed, or the other if the bytes are not what the schema says they are. */
  private static <T> T or(Supplier<? extends T> typed, Supplier<? extends T> otherwise) {
    try {
      return typed.get();
    } catch (CqlException | CorruptDataException | IndexOutOfBoundsException e) {
      return otherwise.get();
    } catch (IllegalArgumentException | ArithmeticException | java.time.DateTimeException e) {
      return otherwise.get();
    }
  }

  private static String hex(byte[] bytes) {
    return hex(bytes, 0, bytes.length);
  }

  private static String hex(byte[] array, int offset, int length) {
    return "0x" + HexFormat.of().formatHex(array, offset, offset + length);
  }
}

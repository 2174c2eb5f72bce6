package io.ilion.coordinator.write;

import io.ilion.cql.ast.Batch;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Warns of writes, and refuses them, by their limits and in Cassandra's words. */
final class WriteChecks {
  private static final int MAX_NAMED_KEYS = 10;

  private final WriteLimits limits;
  private final boolean checksValues;

  WriteChecks(WriteLimits limits) {
    this.limits = limits;
    checksValues =
        limits.valueWarnBytes() >= 0
            || limits.valueFailBytes() >= 0
            || limits.itemsWarn() >= 0
            || limits.itemsFail() >= 0;
  }

  /** Warns of a logged batch whose tables do not keep deletions for any time. */
  void checkGcGrace(
      List<BoundModification> modifications, Batch.Kind kind, Consumer<String> warnings) {
    if (kind != Batch.Kind.LOGGED) {
      return;
    }
    Set<String> tables = new HashSet<>();
    for (BoundModification m : modifications) {
      if (m.plan().table().properties().gcGraceSeconds() == 0) {
        tables.add(m.plan().table().toString());
      }
    }
    if (!tables.isEmpty()) {
      warnings.accept(
          String.format(
              "Executing a LOGGED BATCH on table%s %s, configured with a gc_grace_seconds of 0. The"
                  + " gc_grace_seconds is used to TTL batchlog entries, so setting gc_grace_seconds"
                  + " too low on tables involved in an atomic batch might cause batchlog entries to"
                  + " expire before being replayed.",
              plural(tables), tables));
    }
  }

  /** Checks the size and the reach of a batch. */
  void checkBatch(List<PartitionUpdate> updates, Batch.Kind kind, Consumer<String> warnings) {
    if (updates.size() < 2 || partitionsOf(updates) < 2) {
      return;
    }
    long size = 0;
    for (PartitionUpdate update : updates) {
      size += MutationSize.of(update);
    }
    if (limits.batchFailBytes() >= 0 && size > limits.batchFailBytes()) {
      throw CqlException.invalid("Batch too large");
    }
    if (limits.batchWarnBytes() >= 0 && size > limits.batchWarnBytes()) {
      Set<String> tables = tablesOf(updates);
      warnings.accept(
          String.format(
              "Batch for %s is of size %d, exceeding specified threshold of %d by %d.",
              tables, size, limits.batchWarnBytes(), size - limits.batchWarnBytes()));
    }
    // Of one table each partition is there once.
    if (kind != Batch.Kind.LOGGED
        && limits.unloggedBatchWarnPartitions() >= 0
        && updates.size() > limits.unloggedBatchWarnPartitions()) {
      int keys = isOfOneTable(updates) ? updates.size() : keysOf(updates);
      if (keys <= limits.unloggedBatchWarnPartitions()) {
        return;
      }
      Set<String> tables = tablesOf(updates);
      warnings.accept(
          String.format(
              "Unlogged batch covering %d partitions detected against table%s %s. You should use a"
                  + " logged batch for atomicity, or asynchronous writes for performance.",
              keys, plural(tables), tables));
    }
  }

  private static boolean isOfOneTable(List<PartitionUpdate> updates) {
    TableDefinition first = updates.get(0).table();
    for (PartitionUpdate update : updates) {
      if (update.table() != first) {
        return false;
      }
    }
    return true;
  }

  private static Set<String> tablesOf(List<PartitionUpdate> updates) {
    return isOfOneTable(updates)
        ? Set.of(updates.get(0).table().toString())
        : updates.stream().map(update -> update.table().toString()).collect(Collectors.toSet());
  }

  private static int keysOf(List<PartitionUpdate> updates) {
    return updates.stream()
        .map(update -> ByteBuffer.wrap(update.partitionKey()))
        .collect(Collectors.toSet())
        .size();
  }

  private static String plural(Set<String> tables) {
    return tables.size() == 1 ? "" : "s";
  }

  private record PartitionId(String keyspace, ByteBuffer key) {
    static PartitionId of(PartitionUpdate update) {
      return new PartitionId(update.table().keyspace(), ByteBuffer.wrap(update.partitionKey()));
    }
  }

  /** Tables of one keyspace whose partitions have one key count once, as in Cassandra. */
  private static int partitionsOf(List<PartitionUpdate> updates) {
    if (isOfOneTable(updates)) {
      return updates.size();
    }
    return updates.stream().map(PartitionId::of).collect(Collectors.toSet()).size();
  }

  /** Refuses what is too large to be written in one piece. */
  void requireFitting(List<PartitionUpdate> updates) {
    long all = 0;
    for (PartitionUpdate update : updates) {
      all += update.update() == null ? 0 : update.update().length;
    }
    if (all <= limits.maxMutationBytes()) {
      return;
    }
    Map<PartitionId, List<PartitionUpdate>> partitions =
        updates.stream()
            .collect(
                Collectors.groupingBy(PartitionId::of, LinkedHashMap::new, Collectors.toList()));
    partitions.forEach(
        (id, parts) -> {
          long size =
              parts.stream().mapToLong(p -> p.update() == null ? 0 : p.update().length).sum();
          if (size > limits.maxMutationBytes()) {
            throw CqlException.invalid(
                "Rejected an oversized mutation (%d/%d) for keyspace: %s. Top keys are: %s",
                size, limits.maxMutationBytes(), id.keyspace(), names(parts));
          }
        });
  }

  private static String names(List<PartitionUpdate> parts) {
    return parts.stream()
        .sorted((a, b) -> Integer.compare(length(b), length(a)))
        .limit(MAX_NAMED_KEYS)
        .map(p -> p.table().name() + "." + keyText(p))
        .collect(Collectors.joining(", "));
  }

  private static int length(PartitionUpdate update) {
    return update.update() == null ? 0 : update.update().length;
  }

  private static String keyText(PartitionUpdate update) {
    TableDefinition table = update.table();
    byte[][] values = PartitionKeyCodec.split(update.partitionKey(), table.partitionKey().size());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      texts.add(table.partitionKey().get(i).type().toText(values[i]));
    }
    return String.join(":", texts);
  }

  /** Checks the sizes of values and collections, if they have limits. */
  void checkValues(List<PartitionUpdate> updates, Consumer<String> warnings) {
    if (!checksValues) {
      return;
    }
    for (PartitionUpdate update : updates) {
      if (update.update() != null) {
        checkValues(update, warnings);
      }
    }
  }

  private void checkValues(PartitionUpdate update, Consumer<String> warnings) {
    RowReader row = new RowReader();
    UpdateReader reader = new UpdateReader().wrap(update.update());
    if (reader.hasStaticRow()) {
      row.wrap(reader.array(), reader.staticRowOffset(), reader.staticRowLength());
      checkRow(update.table(), row, warnings);
    }
    while (reader.nextEntry()) {
      if (reader.isRow()) {
        row.wrap(reader.array(), reader.imageOffset(), reader.imageLength());
        checkRow(update.table(), row, warnings);
      }
    }
  }

  private void checkRow(TableDefinition table, RowReader row, Consumer<String> warnings) {
    ColumnDefinition current = null;
    int items = 0;
    while (row.nextCell()) {
      ColumnDefinition column = table.column(row.column());
      if (!Objects.equals(column, current)) {
        checkItems(current, items, warnings);
        current = column;
        items = 0;
      }
      if (column == null || row.isColumnDeletion()) {
        continue;
      }
      checkSize(column, MutationSize.pathBytes(column, row), warnings);
      if (!row.isTombstone()) {
        checkSize(column, row.valueLength(), warnings);
        items += itemsOf(column, row);
      }
    }
    checkItems(current, items, warnings);
  }

  private static int itemsOf(ColumnDefinition column, RowReader cell) {
    if (!column.type().isCollection()) {
      return 0;
    }
    return column.isMultiCell() ? 1 : Bytes.getInt(cell.array(), cell.valueOffset());
  }

  private void checkItems(ColumnDefinition column, int items, Consumer<String> warnings) {
    check(
        "items_per_collection",
        column == null ? "" : "Detected collection " + column.name() + " with " + items + " items",
        items,
        limits.itemsWarn(),
        limits.itemsFail(),
        warnings);
  }

  private void checkSize(ColumnDefinition column, int size, Consumer<String> warnings) {
    check(
        "column_value_size",
        "Value of column '" + column.name() + "' has size " + size,
        size,
        limits.valueWarnBytes(),
        limits.valueFailBytes(),
        warnings);
  }

  private static void check(
      String guardrail, String what, int value, long warn, long fail, Consumer<String> warnings) {
    String format = "Guardrail %s violated: %s, this exceeds the %s threshold of %d.";
    if (fail >= 0 && value > fail) {
      throw CqlException.invalid(format, guardrail, what, "failure", fail);
    }
    if (warn >= 0 && value > warn) {
      warnings.accept(String.format(format, guardrail, what, "warning", warn));
    }
  }
}

package io.ilion.coordinator.write;

import io.ilion.cql.modify.UpdateBuffer.CounterIncrement;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.ComparableReader;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.UserType;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The size of an update as Cassandra 5.0 counts it, in bytes, so that the thresholds of batches
 * mean the same. What is counted, was found out from the sizes in its warnings.
 */
final class MutationSize {
  private static final int PARTITION = 8;
  private static final int ROW = 8 + 13;
  private static final int EXPIRING_LIVENESS = 12;
  private static final int COLUMN_DELETION = 12;
  private static final int CELL = 8 + 4 + 8;
  private static final int LIST_POSITION = 16;
  private static final int RANGE_DELETIONS = 4;
  private static final int RANGE_DELETION = 8 + 4;
  private static final int INCREMENT = CELL + 36;
  private static final int BEHIND = 0xff;
  private static final int EMPTY_VALUE = 0x10;

  private final TableDefinition table;
  private long bytes;

  private MutationSize(TableDefinition table) {
    this.table = table;
  }

  /** The size of an update. */
  static long of(PartitionUpdate update) {
    MutationSize size = new MutationSize(update.table());
    size.bytes = PARTITION + ROW;
    if (update.update() != null) {
      size.addUpdate(new UpdateReader().wrap(update.update()));
    }
    size.addIncrements(update.increments());
    return size.bytes;
  }

  private void addIncrements(List<CounterIncrement> increments) {
    Set<ByteBuffer> rows = new HashSet<>();
    for (CounterIncrement increment : increments) {
      byte[] key = increment.clusteringKey();
      if (key != null && rows.add(ByteBuffer.wrap(key))) {
        addRow(key, 0, key.length);
      }
      bytes += INCREMENT;
    }
  }

  private void addUpdate(UpdateReader update) {
    RowReader row = new RowReader();
    if (update.hasStaticRow()) {
      addCells(row.wrap(update.array(), update.staticRowOffset(), update.staticRowLength()));
    }
    boolean ranges = false;
    while (update.nextEntry()) {
      if (update.isRow()) {
        addRow(update.array(), update.keyOffset(), update.keyLength());
        row.wrap(update.array(), update.imageOffset(), update.imageLength());
        bytes += row.livenessTtl() != 0 ? EXPIRING_LIVENESS : 0;
        addCells(row);
      } else {
        bytes += ranges ? 0 : RANGE_DELETIONS;
        ranges = true;
        bytes += RANGE_DELETION;
        addKey(update.array(), update.keyOffset(), update.keyLength());
        addKey(update.array(), update.rangeEndOffset(), update.rangeEndLength());
      }
    }
  }

  private void addRow(byte[] array, int offset, int length) {
    bytes += ROW;
    addKey(array, offset, length);
  }

  /** Adds the values of a key, or of a bound: a prefix of one, maybe with 0xFF behind it. */
  private void addKey(byte[] array, int offset, int length) {
    ComparableReader in = new ComparableReader(array, offset, length);
    for (ColumnDefinition column : table.clustering()) {
      in.setInverted(false);
      if (in.remaining() == 0 || in.peek() == BEHIND) {
        return;
      }
      in.setInverted(column.descending());
      if (in.readByte() != EMPTY_VALUE) {
        bytes += column.type().readComparable(in).length;
      }
    }
  }

  private void addCells(RowReader row) {
    int last = -1;
    while (row.nextCell()) {
      ColumnDefinition column = table.column(row.column());
      boolean first = row.column() != last;
      last = row.column();
      if (column == null) {
        continue;
      }
      if (column.isMultiCell() && first) {
        bytes += COLUMN_DELETION;
      }
      if (!row.isColumnDeletion()) {
        bytes += CELL + row.valueLength() + pathBytes(column, row);
      }
    }
  }

  /** The bytes of the path of a cell in Cassandra's form. */
  static int pathBytes(ColumnDefinition column, RowReader cell) {
    if (!cell.hasPath()) {
      return 0;
    }
    if (column.type() instanceof UserType) {
      return 2;
    }
    CollectionType type = (CollectionType) column.type();
    return type.kind() == Kind.LIST
        ? LIST_POSITION
        : CellPath.key(type.pathType(), cell.array(), cell.pathOffset(), cell.pathLength()).length;
  }
}

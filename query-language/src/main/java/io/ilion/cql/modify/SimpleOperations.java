package io.ilion.cql.modify;

import io.ilion.cql.function.ScalarFunction;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.Values;
import java.nio.ByteBuffer;
import java.util.List;

/** Operations on whole columns, on counters, and on the fields of UDTs. */
final class SimpleOperations {
  private SimpleOperations() {}

  /** Sets a column of one cell. */
  record Set(ColumnDefinition column, PreparedTerm value) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] bytes = value.evaluate(row.context().evaluation());
      if (bytes == null) {
        row.tombstone(column.id(), null);
      } else if (!Values.isUnset(bytes)) {
        row.value(column.id(), null, bytes);
      }
    }
  }

  /** Sets one cell of a column to a value, or deletes it if that is null. */
  record SetCell(ColumnDefinition column, byte[] path, PreparedTerm value)
      implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] bytes = value.evaluate(row.context().evaluation());
      if (bytes == null) {
        row.tombstone(column.id(), path);
      } else if (!Values.isUnset(bytes)) {
        row.value(column.id(), path, bytes);
      }
    }
  }

  /** Sets all fields of a UDT. */
  record SetFields(ColumnDefinition column, PreparedTerm value) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] bytes = value.evaluate(row.context().evaluation());
      if (Values.isUnset(bytes)) {
        return;
      }
      row.clearColumn(column.id());
      if (bytes != null) {
        List<byte[]> fields = WireValues.fields(bytes);
        for (int i = 0; i < fields.size(); i++) {
          if (fields.get(i) != null) {
            row.value(column.id(), CellPath.ofField(i), fields.get(i));
          }
        }
      }
    }
  }

  /** Adds to a counter, or subtracts from it. */
  record Count(ColumnDefinition column, PreparedTerm value, boolean subtract)
      implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] bytes = value.evaluate(row.context().evaluation());
      if (bytes == null) {
        throw CqlException.invalid(
            subtract
                ? "Invalid null value for counter increment/decrement"
                : "Invalid null value for counter increment");
      }
      if (Values.isUnset(bytes)) {
        return;
      }
      long amount = ByteBuffer.wrap(bytes).getLong();
      if (subtract && amount == Long.MIN_VALUE) {
        throw CqlException.invalid(
            "The negation of %d overflows supported counter precision (signed 8 bytes integer)",
            amount);
      }
      row.increment(column.id(), subtract ? -amount : amount);
    }
  }

  /**
   * Adds to a number, or appends to a text, that a row holds; where there is none nothing changes.
   *
   * @param sum adds two values of the column's type
   */
  record Extend(ColumnDefinition column, PreparedTerm value, ScalarFunction sum)
      implements ColumnOperation {
    @Override
    public boolean readsRow() {
      return true;
    }

    @Override
    public void apply(RowChange row, CurrentRow current) {
      Evaluation evaluation = row.context().evaluation();
      byte[] bytes = value.evaluate(evaluation);
      if (bytes == null) {
        throw CqlException.invalid(
            "Invalid null value for %s",
            column.type().kind() == Kind.TEXT || column.type().kind() == Kind.ASCII
                ? "string append"
                : "number increment");
      }
      byte[] held = current == null ? null : current.value(column);
      if (held == null || Values.isUnset(bytes)) {
        return;
      }
      byte[] extended = sum.execute(new byte[][] {held, bytes}, evaluation.functions());
      if (extended != null) {
        row.value(column.id(), null, extended);
      }
    }
  }

  /** Deletes a column. */
  record Delete(ColumnDefinition column) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      if (column.isMultiCell()) {
        row.deleteColumn(column.id());
      } else {
        row.tombstone(column.id(), null);
      }
    }
  }

  /** Deletes one cell of a column. */
  record DeleteCell(ColumnDefinition column, byte[] path) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      row.tombstone(column.id(), path);
    }
  }
}

package io.ilion.cql.modify;

import io.ilion.cql.ast.Condition;
import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Term;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.TermPreparer;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.ListType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.Values;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One condition on a column, an element or a field of it. */
final class ConditionPlan {
  private final ColumnDefinition column;
  private final PreparedTerm element;
  private final int field;
  private final Operator operator;
  private final CqlType type;
  private final List<PreparedTerm> values;
  private final boolean inMarker;

  private ConditionPlan(
      ColumnDefinition column,
      PreparedTerm element,
      int field,
      Operator operator,
      CqlType type,
      List<PreparedTerm> values,
      boolean inMarker) {
    this.column = column;
    this.element = element;
    this.field = field;
    this.operator = operator;
    this.type = type;
    this.values = values;
    this.inMarker = inMarker;
  }

  /** Prepares a condition on a column that is there. */
  static ConditionPlan prepare(
      Condition condition, ColumnDefinition column, TableDefinition table, TermPreparer preparer) {
    if (column.type().isCounter()) {
      throw CqlException.invalid("Conditions on counters are not supported");
    }
    Receiver receiver = Receiver.of(table, column);
    PreparedTerm element = null;
    int field = -1;
    if (condition.element() != null) {
      requireElements(column);
      element = preparer.prepare(condition.element(), Receivers.key(table, column));
      receiver = Receivers.value(table, column);
    } else if (condition.field() != null) {
      if (!(column.type() instanceof UserType type)) {
        throw CqlException.invalid(
            "Invalid field access syntax for non-UDT column %s", column.name());
      }
      field = type.fieldNames().indexOf(condition.field().name());
      if (field < 0) {
        throw CqlException.invalid(
            "Unknown field %s for column %s", condition.field().name(), column.name());
      }
      receiver = Receivers.field(table, column, field);
    }
    Operator operator = condition.operator();
    if (operator == Operator.CONTAINS || operator == Operator.CONTAINS_KEY) {
      receiver = containsReceiver(column, table, operator);
    } else if (operator.isSlice() && receiver.type().referencesDuration()) {
      throw CqlException.invalid(durationText(operator, receiver.type()));
    }
    List<PreparedTerm> values = new ArrayList<>();
    boolean inMarker = false;
    if (operator == Operator.IN && condition.value() instanceof Term.InList list) {
      for (Term term : list.elements()) {
        values.add(preparer.prepare(term, receiver));
      }
    } else if (operator == Operator.IN) {
      inMarker = true;
      CqlType listType = ListType.ofValues(receiver.type().freeze(), false);
      values.add(
          preparer.prepare(
              condition.value(), receiver.with("in(" + receiver.name() + ")", listType)));
    } else {
      values.add(preparer.prepare(condition.value(), receiver));
    }
    return new ConditionPlan(
        column, element, field, operator, receiver.type(), List.copyOf(values), inMarker);
  }

  private static String durationText(Operator operator, CqlType type) {
    if (type.isCollection()) {
      return "Slice conditions are not supported on collections containing durations";
    }
    if (type.isTuple()) {
      return "Slice conditions are not supported on tuples containing durations";
    }
    return type.isUdt()
        ? "Slice conditions are not supported on UDTs containing durations"
        : "Slice conditions ( " + operator + " ) are not supported on durations";
  }

  private static void requireElements(ColumnDefinition column) {
    if (!column.type().isCollection()) {
      throw CqlException.invalid(
          "Invalid element access syntax for non-collection column %s", column.name());
    }
    if (column.type().kind() == Kind.SET) {
      throw CqlException.invalid("Invalid element access syntax for set column %s", column.name());
    }
  }

  private static Receiver containsReceiver(
      ColumnDefinition column, TableDefinition table, Operator operator) {
    if (operator == Operator.CONTAINS) {
      if (!column.type().isCollection()) {
        throw CqlException.invalid(
            "Cannot use CONTAINS on non-collection column %s", column.name());
      }
      return Receivers.value(table, column);
    }
    if (column.type().kind() != Kind.MAP) {
      throw CqlException.invalid("Cannot use CONTAINS KEY on non-map column %s", column.name());
    }
    return Receivers.key(table, column);
  }

  /** The column that it is on. */
  ColumnDefinition column() {
    return column;
  }

  /** Whether it holds for a row, which is null if there is none. */
  boolean holds(CurrentRow row, Evaluation evaluation) {
    if (operator == Operator.CONTAINS || operator == Operator.CONTAINS_KEY) {
      return contains(row, evaluation);
    }
    byte[] actual = actual(row, evaluation);
    if (operator == Operator.IN) {
      for (byte[] expected : expected(evaluation)) {
        if (compare(Operator.EQ, actual, expected)) {
          return true;
        }
      }
      return false;
    }
    return compare(operator, actual, values.get(0).evaluate(evaluation));
  }

  private List<byte[]> expected(Evaluation evaluation) {
    List<byte[]> expected = new ArrayList<>();
    if (inMarker) {
      byte[] list = values.get(0).evaluate(evaluation);
      if (list == null) {
        throw CqlException.invalid("Invalid null list in IN condition");
      }
      if (Values.isUnset(list)) {
        throw CqlException.invalid("Invalid 'unset' value in condition");
      }
      return WireValues.elements(list);
    }
    for (PreparedTerm value : values) {
      byte[] bytes = value.evaluate(evaluation);
      if (!Values.isUnset(bytes)) {
        expected.add(bytes);
      }
    }
    return expected;
  }

  private byte[] actual(CurrentRow row, Evaluation evaluation) {
    if (element != null) {
      return element(row, evaluation);
    }
    if (row == null) {
      return null;
    }
    if (field < 0) {
      return row.value(column);
    }
    if (column.isMultiCell()) {
      return row.cell(column, CellPath.ofField(field));
    }
    byte[] value = row.value(column);
    List<byte[]> fields = value == null ? List.of() : WireValues.fields(value);
    return field < fields.size() ? fields.get(field) : null;
  }

  private byte[] element(CurrentRow row, Evaluation evaluation) {
    boolean list = column.type().kind() == Kind.LIST;
    byte[] key = element.evaluate(evaluation);
    if (key == null) {
      throw CqlException.invalid("Invalid null value for %s element access", list ? "list" : "map");
    }
    if (Values.isUnset(key)) {
      throw CqlException.invalid(
          "Invalid unset value for %s element access", list ? "list" : "map");
    }
    int index = list ? ByteBuffer.wrap(key).getInt() : 0;
    if (index < 0) {
      throw CqlException.invalid("Invalid negative list index %d", index);
    }
    if (row == null) {
      return null;
    }
    CqlType keyType = column.type().componentTypes().get(0);
    if (column.isMultiCell()) {
      // The whole of it may be large, and a batch may have very many conditions on its elements.
      if (!list) {
        return row.cell(column, CellPath.ofKey(keyType, key));
      }
      return index < row.size(column) ? row.element(column, index) : null;
    }
    byte[] value = row.value(column);
    if (value == null) {
      return null;
    }
    List<byte[]> parts = WireValues.elements(value);
    if (list) {
      return index < parts.size() ? parts.get(index) : null;
    }
    for (int i = 0; i < parts.size(); i += 2) {
      if (keyType.compare(parts.get(i), key) == 0) {
        return parts.get(i + 1);
      }
    }
    return null;
  }

  private boolean compare(Operator comparison, byte[] actual, byte[] expected) {
    if (Values.isUnset(expected)) {
      throw CqlException.invalid("Invalid 'unset' value in condition");
    }
    // A multi-cell collection without elements is none at all.
    byte[] wanted =
        type.isCollection() && type.isMultiCell() && isEmptyCollection(expected) ? null : expected;
    if (expected == null || wanted == null) {
      return switch (comparison) {
        case EQ -> actual == null;
        case NEQ -> actual != null;
        default -> {
          String what =
              expected == null ? "null" : "an empty " + type.kind().name().toLowerCase(Locale.ROOT);
          throw CqlException.invalid(
              "Invalid comparison with %s for operator \"%s\"", what, comparison);
        }
      };
    }
    if (actual == null) {
      return comparison == Operator.NEQ;
    }
    int order = type.compare(actual, wanted);
    return switch (comparison) {
      case EQ -> order == 0;
      case NEQ -> order != 0;
      case LT -> order < 0;
      case LTE -> order <= 0;
      case GT -> order > 0;
      default -> order >= 0;
    };
  }

  private static boolean isEmptyCollection(byte[] value) {
    return value != null && value.length == Integer.BYTES && ByteBuffer.wrap(value).getInt() == 0;
  }

  private boolean contains(CurrentRow row, Evaluation evaluation) {
    byte[] wanted = values.get(0).evaluate(evaluation);
    if (Values.isUnset(wanted)) {
      throw CqlException.invalid("Invalid 'unset' value in condition");
    }
    if (wanted == null) {
      throw CqlException.invalid("Invalid comparison with null for operator \"%s\"", operator);
    }
    byte[] value = row == null ? null : row.value(column);
    if (value == null) {
      return false;
    }
    List<byte[]> parts = WireValues.elements(value);
    boolean map = column.type().kind() == Kind.MAP;
    int first = map && operator == Operator.CONTAINS ? 1 : 0;
    for (int i = first; i < parts.size(); i += map ? 2 : 1) {
      if (type.compare(parts.get(i), wanted) == 0) {
        return true;
      }
    }
    return false;
  }
}

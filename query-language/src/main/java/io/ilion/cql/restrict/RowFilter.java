package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.WireValues;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import java.util.ArrayList;
import java.util.List;

/** The relations that rows must be looked at for, with the values of one execution. */
public final class RowFilter {
  private final List<Bound> bounds = new ArrayList<>();

  RowFilter(List<ColumnRestriction> restrictions, Evaluation evaluation) {
    for (ColumnRestriction r : restrictions) {
      bounds.add(bound(r, evaluation));
    }
  }

  private static Bound bound(ColumnRestriction r, Evaluation evaluation) {
    String column = r.first().name();
    if (r.isTuple()) {
      return new Bound(r, null, r.values().tuples(evaluation, r.columns()));
    }
    if (r.element() != null) {
      byte[] key = ValueList.filtering(r.element(), evaluation, "map key for column " + column);
      return new Bound(
          r,
          key,
          r.values().filtering(evaluation, false, column, "map value for column " + column));
    }
    return new Bound(
        r,
        null,
        r.values()
            .filtering(
                evaluation, r.operator() == Operator.IN, column, "value for column " + column));
  }

  /** Whether a row passes. */
  public boolean matches(Evaluation.RowValues row) {
    for (Bound bound : bounds) {
      if (!bound.matches(row)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A restriction with its values.
   *
   * @param set of the values of an IN on one column, else null
   */
  private record Bound(
      ColumnRestriction restriction, byte[] key, List<byte[]> values, ValueSet set) {
    Bound(ColumnRestriction restriction, byte[] key, List<byte[]> values) {
      this(
          restriction,
          key,
          values,
          restriction.operator() == Operator.IN
                  && !restriction.isTuple()
                  && restriction.element() == null
              ? new ValueSet(restriction.first().type(), values)
              : null);
    }

    boolean matches(Evaluation.RowValues row) {
      if (restriction.isTuple()) {
        return matchesTuple(row);
      }
      ColumnDefinition column = restriction.first();
      byte[] actual = row.value(column.id());
      if (actual == null) {
        return false;
      }
      if (restriction.element() != null) {
        return matchesElement(column.type(), actual);
      }
      return switch (restriction.operator()) {
        case CONTAINS -> contains(column.type(), actual, false);
        case CONTAINS_KEY -> contains(column.type(), actual, true);
        case IN -> set.contains(actual);
        default -> compares(restriction.operator(), column.type().compare(actual, values.get(0)));
      };
    }

    private boolean matchesElement(CqlType type, byte[] actual) {
      List<byte[]> parts = WireValues.elements(actual);
      CqlType keyType = type.componentTypes().get(0);
      CqlType valueType = type.componentTypes().get(1);
      for (int i = 0; i < parts.size(); i += 2) {
        if (keyType.compare(parts.get(i), key) == 0) {
          return compares(
              restriction.operator(), valueType.compare(parts.get(i + 1), values.get(0)));
        }
      }
      return false;
    }

    private boolean contains(CqlType type, byte[] actual, boolean keys) {
      boolean map = type.kind() == Kind.MAP;
      List<byte[]> parts = WireValues.elements(actual);
      CqlType element = type.componentTypes().get(map && !keys ? 1 : 0);
      for (int i = map && !keys ? 1 : 0; i < parts.size(); i += map ? 2 : 1) {
        if (element.compare(parts.get(i), values.get(0)) == 0) {
          return true;
        }
      }
      return false;
    }

    private boolean matchesTuple(Evaluation.RowValues row) {
      for (byte[] tuple : values) {
        List<byte[]> wanted = WireValues.fields(tuple);
        int order = 0;
        for (int i = 0; i < wanted.size() && order == 0; i++) {
          ColumnDefinition column = restriction.columns().get(i);
          byte[] actual = row.value(column.id());
          if (actual == null) {
            return false;
          }
          order = column.type().compare(actual, wanted.get(i));
        }
        Operator operator =
            restriction.operator() == Operator.IN ? Operator.EQ : restriction.operator();
        if (compares(operator, order)) {
          return true;
        }
      }
      return false;
    }

    private static boolean compares(Operator operator, int order) {
      return switch (operator) {
        case EQ -> order == 0;
        case NEQ -> order != 0;
        case LT -> order < 0;
        case LTE -> order <= 0;
        case GT -> order > 0;
        case GTE -> order >= 0;
        default -> throw new IllegalStateException("no filter for " + operator);
      };
    }
  }
}

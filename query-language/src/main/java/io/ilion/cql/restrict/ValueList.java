package io.ilion.cql.restrict;

import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The values on the right of a relation: one, the terms of an IN list, or a bound list.
 *
 * @param terms one for each value; a single one of list type where {@code bound}
 * @param bound whether the single term gives a list of values
 */
record ValueList(List<PreparedTerm> terms, boolean bound) {

  static ValueList one(PreparedTerm term) {
    return new ValueList(List.of(term), false);
  }

  /** Whether there is one value and that is null. */
  boolean isNull(Evaluation evaluation) {
    return !bound && terms.size() == 1 && terms.get(0).evaluate(evaluation) == null;
  }

  /** The values to filter by, of which none may be null; those of an IN that are match nothing. */
  List<byte[]> filtering(Evaluation evaluation, boolean in, String column, String what) {
    if (bound) {
      return unchecked(evaluation, column).stream().filter(Objects::nonNull).toList();
    }
    List<byte[]> values = new ArrayList<>();
    for (PreparedTerm term : terms) {
      byte[] value = in ? term.evaluate(evaluation) : filtering(term, evaluation, what);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  /** One value to filter by. */
  static byte[] filtering(PreparedTerm term, Evaluation evaluation, String what) {
    byte[] value = term.evaluate(evaluation);
    if (value == null) {
      throw CqlException.invalid("Unsupported null %s", what);
    }
    if (Values.isUnset(value)) {
      throw CqlException.invalid("Unsupported unset %s", what);
    }
    return value;
  }

  private List<byte[]> unchecked(Evaluation evaluation, String column) {
    byte[] list = terms.get(0).evaluate(evaluation);
    if (Values.isUnset(list)) {
      throw CqlException.invalid("Invalid unset value for column %s", column);
    }
    if (list == null) {
      throw CqlException.invalid("Invalid null value for column %s", column);
    }
    return WireValues.elements(list);
  }

  /** The tuples, none of them null, for some columns. */
  List<byte[]> tuples(Evaluation evaluation, List<ColumnDefinition> columns) {
    List<String> names = columns.stream().map(ColumnDefinition::name).toList();
    String joined = String.join(",", names);
    List<byte[]> tuples = new ArrayList<>();
    if (bound) {
      byte[] list = terms.get(0).evaluate(evaluation);
      if (list == null) {
        throw CqlException.invalid("Invalid null value for IN restriction");
      }
      if (Values.isUnset(list)) {
        throw CqlException.invalid("Invalid unset value for in(%s)", joined);
      }
      tuples.addAll(WireValues.elements(list));
    } else {
      terms.forEach(term -> tuples.add(term.evaluate(evaluation)));
    }
    for (byte[] tuple : tuples) {
      if (tuple == null) {
        throw CqlException.invalid("Invalid null value in condition for columns: %s", names);
      }
      if (Values.isUnset(tuple)) {
        throw CqlException.invalid("Invalid unset value for tuple (%s)", joined);
      }
    }
    return tuples;
  }

  /** The value where there is one; {@code column} names the receiver in errors. */
  byte[] one(Evaluation evaluation, String column) {
    return checked(terms.get(0).evaluate(evaluation), column);
  }

  private static byte[] checked(byte[] value, String column) {
    if (Values.isUnset(value)) {
      throw CqlException.invalid("Invalid unset value for column %s", column);
    }
    if (value == null) {
      throw CqlException.invalid("Invalid null value in condition for column %s", column);
    }
    return value;
  }

  /** The values; {@code column} names the receiver in errors. */
  List<byte[]> values(Evaluation evaluation, String column) {
    List<byte[]> values = new ArrayList<>();
    if (bound) {
      values.addAll(unchecked(evaluation, column));
    } else {
      for (PreparedTerm term : terms) {
        values.add(term.evaluate(evaluation));
      }
    }
    values.forEach(value -> checked(value, column));
    return values;
  }
}

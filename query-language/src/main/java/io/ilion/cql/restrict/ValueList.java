package io.ilion.cql.restrict;

import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.List;

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

  /** The values; {@code column} names the receiver in errors. */
  List<byte[]> values(Evaluation evaluation, String column) {
    List<byte[]> values = new ArrayList<>();
    if (bound) {
      byte[] list = terms.get(0).evaluate(evaluation);
      if (Values.isUnset(list)) {
        throw CqlException.invalid("Invalid unset value for column %s", column);
      }
      if (list == null) {
        throw CqlException.invalid("Invalid null value for column %s", column);
      }
      values.addAll(WireValues.elements(list));
    } else {
      for (PreparedTerm term : terms) {
        values.add(term.evaluate(evaluation));
      }
    }
    for (byte[] value : values) {
      if (Values.isUnset(value)) {
        throw CqlException.invalid("Invalid unset value for column %s", column);
      }
      if (value == null) {
        throw CqlException.invalid("Invalid null value in condition for column %s", column);
      }
    }
    return values;
  }
}

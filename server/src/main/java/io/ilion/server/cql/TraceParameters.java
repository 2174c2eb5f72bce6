package io.ilion.server.cql;

import io.ilion.cql.term.Receiver;
import io.ilion.protocol.BoundValues;
import io.ilion.server.tracing.TraceSession;
import java.util.List;

/** What a trace tells of the execution of a prepared statement. */
final class TraceParameters {
  private static final int LONGEST = 1000;

  private TraceParameters() {}

  /** Adds the statement and its values, those that are long cut off. */
  static void add(TraceSession session, StatementCache.Entry entry, BoundValues values) {
    session.parameter("query", entry.cql());
    List<Receiver> variables = entry.plan().variables();
    for (int i = 0; i < Math.min(variables.size(), values.count()); i++) {
      Receiver variable = variables.get(i);
      int index = values.isNamed() ? values.indexOf(variable.name()) : i;
      if (index >= 0 && !values.isUnset(index)) {
        session.parameter(
            "bound_var_" + i + "_" + variable.name(), literal(variable, values, index));
      }
    }
  }

  private static String literal(Receiver variable, BoundValues values, int index) {
    String text;
    try {
      text = values.isNull(index) ? "null" : variable.type().toCqlLiteral(values.get(index));
    } catch (RuntimeException e) {
      // The values have not been looked at yet; the request will fail for this one.
      return "invalid";
    }
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
  }
}

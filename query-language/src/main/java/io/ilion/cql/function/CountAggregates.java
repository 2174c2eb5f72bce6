package io.ilion.cql.function;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/** {@code count}, and the smallest and largest value of any type. */
final class CountAggregates {
  private CountAggregates() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (String name : List.of("countRows", "count_rows")) {
      functions.add(new NativeAggregate(name, List.of(), NativeType.BIGINT, Count::new));
    }
    functions.add(
        new NativeAggregate("count", List.of(NativeType.BLOB), NativeType.BIGINT, Count::new));
    return functions;
  }

  static List<Factory> factories() {
    return List.of(
        Factory.of("min", (f, types, receiver) -> extreme(f, types, -1), "any"),
        Factory.of("max", (f, types, receiver) -> extreme(f, types, 1), "any"));
  }

  private static CqlFunction extreme(Factory factory, Factory.Arguments arguments, int sign) {
    CqlType result = arguments.type(0);
    return new NativeAggregate(
        factory.name(), List.of(result), result, () -> new Extreme(result, sign));
  }

  /** Counts the rows whose argument, if there is one, is not null. */
  private static final class Count implements AggregateFunction.State {
    private long count;

    @Override
    public void add(byte[][] arguments) {
      if (arguments.length == 0 || arguments[0] != null) {
        count++;
      }
    }

    @Override
    public byte[] result() {
      return TimeFunctions.ofLong(count);
    }
  }

  private static final class Extreme implements AggregateFunction.State {
    private final CqlType type;
    private final int sign;
    private byte[] best;

    Extreme(CqlType type, int sign) {
      this.type = type;
      this.sign = sign;
    }

    @Override
    public void add(byte[][] arguments) {
      byte[] value = arguments[0];
      if (value != null && (best == null || sign * type.compare(value, best) > 0)) {
        best = value;
      }
    }

    @Override
    public byte[] result() {
      return best;
    }
  }
}

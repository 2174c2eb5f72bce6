package io.ilion.cql.function;

import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import java.util.ArrayList;
import java.util.List;

/** {@code map_keys}, {@code map_values} and the aggregates of one collection. */
final class CollectionFunctions {
  private static final String NUMERIC = "numeric_set_or_list";

  private CollectionFunctions() {}

  static List<Factory> factories() {
    return List.of(
        Factory.of("map_keys", (f, types, receiver) -> half(f, types, true), "map"),
        Factory.of("map_values", (f, types, receiver) -> half(f, types, false), "map"),
        Factory.of("collection_count", (f, types, receiver) -> count(f, types), "collection"),
        Factory.of("collection_min", (f, types, receiver) -> extreme(f, types, -1), NUMERIC),
        Factory.of("collection_max", (f, types, receiver) -> extreme(f, types, 1), NUMERIC),
        Factory.of("collection_sum", (f, types, receiver) -> total(f, types, false), NUMERIC),
        Factory.of("collection_avg", (f, types, receiver) -> total(f, types, true), NUMERIC));
  }

  private static CqlFunction half(Factory factory, Factory.Arguments arguments, boolean keys) {
    if (!(arguments.type(0) instanceof MapType map)) {
      throw arguments.wrong(0, "a map argument");
    }
    CollectionType result =
        keys ? new SetType(map.keyType(), false) : new ListType(map.valueType(), false);
    return NativeScalar.unary(
        factory.name(),
        result,
        map,
        value -> {
          List<byte[]> parts = map.parts(value);
          List<byte[]> half = new ArrayList<>();
          for (int i = keys ? 0 : 1; i < parts.size(); i += 2) {
            half.add(parts.get(i));
          }
          return result.compose(half);
        });
  }

  private static CqlFunction count(Factory factory, Factory.Arguments arguments) {
    if (!(arguments.type(0) instanceof CollectionType collection)) {
      throw arguments.wrong(0, "a collection argument");
    }
    int parts = collection instanceof MapType ? 2 : 1;
    return NativeScalar.unary(
        factory.name(),
        NativeType.INT,
        collection,
        value -> TimeFunctions.ofInt(collection.parts(value).size() / parts));
  }

  private static CqlType elementOf(Factory.Arguments arguments) {
    CqlType type = arguments.type(0);
    if (type instanceof ListType list) {
      return list.elementType();
    }
    if (type instanceof SetType set) {
      return set.elementType();
    }
    throw arguments.wrong(0, "a set or list argument");
  }

  private static CqlFunction extreme(Factory factory, Factory.Arguments arguments, int sign) {
    CqlType element = elementOf(arguments);
    return NativeScalar.unary(
        factory.name(),
        element,
        arguments.type(0),
        value -> {
          byte[] best = null;
          for (byte[] part : ((CollectionType) arguments.type(0)).parts(value)) {
            if (best == null || sign * element.compare(part, best) > 0) {
              best = part;
            }
          }
          return best;
        });
  }

  private static CqlFunction total(Factory factory, Factory.Arguments arguments, boolean average) {
    if (arguments.type(0) instanceof MapType
        || !(arguments.type(0) instanceof CollectionType)
        || !(elementOf(arguments) instanceof NativeType number)
        || !Numbers.TYPES.contains(number)) {
      throw arguments.wrong(0, "a numeric set/list argument");
    }
    return NativeScalar.unary(
        factory.name(),
        number,
        arguments.type(0),
        value -> {
          AggregateFunction.State state = NumericAggregates.newState(number, average);
          for (byte[] part : ((CollectionType) arguments.type(0)).parts(value)) {
            state.add(new byte[][] {part});
          }
          return state.result();
        });
  }
}

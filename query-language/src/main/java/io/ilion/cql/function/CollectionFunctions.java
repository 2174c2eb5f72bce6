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
        Factory.of("map_keys", (f, types, receiver) -> half(f, types.get(0), true), "map"),
        Factory.of("map_values", (f, types, receiver) -> half(f, types.get(0), false), "map"),
        Factory.of(
            "collection_count", (f, types, receiver) -> count(f, types.get(0)), "collection"),
        Factory.of("collection_min", (f, types, receiver) -> extreme(f, types.get(0), -1), NUMERIC),
        Factory.of("collection_max", (f, types, receiver) -> extreme(f, types.get(0), 1), NUMERIC),
        Factory.of(
            "collection_sum", (f, types, receiver) -> total(f, types.get(0), false), NUMERIC),
        Factory.of(
            "collection_avg", (f, types, receiver) -> total(f, types.get(0), true), NUMERIC));
  }

  private static CqlFunction half(Factory factory, CqlType argument, boolean keys) {
    if (!(factory.known(argument) instanceof MapType map)) {
      throw factory.wrongType("a map", argument);
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

  private static CqlFunction count(Factory factory, CqlType argument) {
    if (!(factory.known(argument) instanceof CollectionType collection)) {
      throw factory.wrongType("a collection", argument);
    }
    int parts = collection instanceof MapType ? 2 : 1;
    return NativeScalar.unary(
        factory.name(),
        NativeType.INT,
        collection,
        value -> TimeFunctions.ofInt(collection.parts(value).size() / parts));
  }

  private static CqlType elementOf(Factory factory, CqlType argument) {
    CqlType type = factory.known(argument);
    if (type instanceof ListType list) {
      return list.elementType();
    }
    if (type instanceof SetType set) {
      return set.elementType();
    }
    throw factory.wrongType("a set or list", type);
  }

  private static CqlFunction extreme(Factory factory, CqlType argument, int sign) {
    CqlType element = elementOf(factory, argument);
    return NativeScalar.unary(
        factory.name(),
        element,
        argument,
        value -> {
          byte[] best = null;
          for (byte[] part : ((CollectionType) argument).parts(value)) {
            if (best == null || sign * element.compare(part, best) > 0) {
              best = part;
            }
          }
          return best;
        });
  }

  private static CqlFunction total(Factory factory, CqlType argument, boolean average) {
    CqlType element = elementOf(factory, argument);
    if (!(element instanceof NativeType number) || !Numbers.TYPES.contains(number)) {
      throw factory.wrongType("a numeric set/list", argument);
    }
    return NativeScalar.unary(
        factory.name(),
        number,
        argument,
        value -> {
          AggregateFunction.State state = NumericAggregates.newState(number, average);
          for (byte[] part : ((CollectionType) argument).parts(value)) {
            state.add(new byte[][] {part});
          }
          return state.result();
        });
  }
}

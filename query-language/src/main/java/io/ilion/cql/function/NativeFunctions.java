package io.ilion.cql.function;

import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The functions, aggregates and operators of Cassandra 5.0, under their new and old names.
 * Operators are functions too ({@code _add}, {@code _negate} and so on), and so are casts ({@code
 * cast_as_int}).
 */
public final class NativeFunctions implements FunctionRegistry {
  private final Map<String, List<CqlFunction>> overloads;
  private final Map<String, Factory> factories;

  /** Collects the functions. */
  public NativeFunctions() {
    List<CqlFunction> all = new ArrayList<>();
    all.addAll(BlobFunctions.all());
    all.addAll(TimeFunctions.all());
    all.addAll(FloorFunctions.all());
    all.addAll(MathFunctions.all());
    all.addAll(Arithmetic.all());
    all.addAll(TemporalArithmetic.all());
    all.addAll(CastFunctions.all());
    all.addAll(NumericAggregates.all());
    all.addAll(CountAggregates.all());
    overloads = all.stream().collect(Collectors.groupingBy(CqlFunction::name));
    List<Factory> generic = new ArrayList<>();
    generic.addAll(CountAggregates.factories());
    generic.addAll(CollectionFunctions.factories());
    generic.addAll(JsonFunctions.factories());
    generic.addAll(MaskingFunctions.factories());
    generic.addAll(VectorFunctions.factories());
    factories = generic.stream().collect(Collectors.toMap(Factory::name, Function.identity()));
  }

  @Override
  public List<CqlFunction> candidates(
      String name, List<Argument> arguments, CqlType receiver, TableDefinition table) {
    if (name.equals("token")) {
      return table == null ? List.of() : List.of(TokenFunction.of(table));
    }
    List<CqlFunction> found = overloads.getOrDefault(name, List.of());
    Factory factory = factories.get(name);
    return factory == null ? found : List.of(factory.make(arguments, receiver));
  }
}

package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code to_json} and {@code from_json}. */
final class JsonFunctions {
  private JsonFunctions() {}

  static List<Factory> factories() {
    List<Factory> factories = new ArrayList<>();
    for (String name : List.of("tojson", "to_json")) {
      factories.add(Factory.of(name, (f, types, receiver) -> toJson(f, types), "any"));
    }
    for (String name : List.of("fromjson", "from_json")) {
      factories.add(Factory.of(name, (f, types, receiver) -> fromJson(f, types, receiver), "text"));
    }
    return factories;
  }

  private static CqlFunction toJson(Factory factory, Factory.Arguments arguments) {
    CqlType type = arguments.type(0);
    return NativeScalar.lenient(
        factory.name(),
        NativeType.TEXT,
        List.of(type),
        (a, c) -> type.toJson(a[0]).getBytes(StandardCharsets.UTF_8));
  }

  private static CqlFunction fromJson(
      Factory factory, Factory.Arguments arguments, CqlType receiver) {
    arguments.expect(0, NativeType.TEXT);
    if (receiver == null) {
      throw CqlException.invalid(
          "%s() cannot be used in the selection clause of a SELECT statement", factory.name());
    }
    return NativeScalar.unary(
        factory.name(),
        receiver,
        NativeType.TEXT,
        text -> {
          Object parsed;
          try {
            parsed = JsonText.parse(new String(text, StandardCharsets.UTF_8));
          } catch (CqlException e) {
            throw failure(
                factory,
                "execution of 'system." + factory.name() + "[text]' failed: " + e.getMessage());
          }
          try {
            return JsonText.toValue(receiver, parsed);
          } catch (CqlException e) {
            throw failure(
                factory, "org.apache.cassandra.serializers.MarshalException: " + e.getMessage());
          }
        });
  }

  private static CqlException failure(Factory factory, String message) {
    return new CqlException.FunctionFailure("system", factory.name(), List.of("text"), message);
  }
}

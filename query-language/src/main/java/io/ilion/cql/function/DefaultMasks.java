package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.VectorType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The value that {@code mask_default} shows for each type. */
final class DefaultMasks {
  private DefaultMasks() {}

  static byte[] of(CqlType type) {
    if (type instanceof CollectionType collection) {
      return collection.compose(List.of());
    }
    if (type instanceof VectorType vector) {
      return vector.compose(Collections.nCopies(vector.dimensions(), of(vector.elementType())));
    }
    if (type instanceof TupleType tuple) {
      List<byte[]> parts = new ArrayList<>();
      for (CqlType component : tuple.componentTypes()) {
        parts.add(of(component));
      }
      return tuple.compose(parts);
    }
    return switch (type.kind()) {
      case ASCII, TEXT -> "****".getBytes(StandardCharsets.UTF_8);
      case TINYINT, BOOLEAN -> new byte[1];
      case SMALLINT -> new byte[2];
      case INT, FLOAT, INET -> new byte[4];
      case BIGINT, COUNTER, DOUBLE, TIMESTAMP, TIME -> new byte[8];
      case UUID -> new byte[16];
      case TIMEUUID -> TimeFunctions.minTimeUuid(0);
      case DATE -> TimeFunctions.date(0);
      case VARINT -> new byte[1];
      case DECIMAL -> type.encode(BigDecimal.ZERO);
      case DURATION -> type.encode(new CqlDuration(0, 0, 0));
      case BLOB, EMPTY -> new byte[0];
      default ->
          throw CqlException.invalid(
              "There is no default mask for values of type %s", type.cqlName());
    };
  }
}

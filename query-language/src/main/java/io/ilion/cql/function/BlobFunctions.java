package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** {@code int_as_blob}, {@code blob_as_int} and the like: the wire form as it is. */
final class BlobFunctions {
  private static final List<NativeType> TYPES =
      List.of(
          NativeType.ASCII,
          NativeType.BIGINT,
          NativeType.BOOLEAN,
          NativeType.COUNTER,
          NativeType.DATE,
          NativeType.DECIMAL,
          NativeType.DOUBLE,
          NativeType.DURATION,
          NativeType.EMPTY,
          NativeType.FLOAT,
          NativeType.INET,
          NativeType.INT,
          NativeType.SMALLINT,
          NativeType.TEXT,
          NativeType.TIME,
          NativeType.TIMESTAMP,
          NativeType.TIMEUUID,
          NativeType.TINYINT,
          NativeType.UUID,
          NativeType.VARINT);

  private BlobFunctions() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType type : TYPES) {
      add(functions, type, type.cqlName());
    }
    add(functions, NativeType.TEXT, "varchar");
    return functions;
  }

  private static void add(List<CqlFunction> functions, CqlType type, String name) {
    for (String toBlob : List.of(name + "asblob", name + "_as_blob")) {
      functions.add(NativeScalar.unary(toBlob, NativeType.BLOB, type, value -> value));
    }
    for (String fromBlob : List.of("blobas" + name, "blob_as_" + name)) {
      functions.add(
          NativeScalar.unary(
              fromBlob, type, NativeType.BLOB, value -> checked(fromBlob, type, name, value)));
    }
  }

  private static byte[] checked(String function, CqlType type, String typeName, byte[] value) {
    try {
      type.validate(value);
      return value;
    } catch (CqlException e) {
      throw CqlException.invalid(
          "In call to function system.%s, value 0x%s is not a valid binary representation for type"
              + " %s",
          function, HexFormat.of().formatHex(value), typeName);
    }
  }
}

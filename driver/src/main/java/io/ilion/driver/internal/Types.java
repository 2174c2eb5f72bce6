package io.ilion.driver.internal;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.CustomType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.TypeParser;
import io.ilion.model.type.UserType;
import io.ilion.protocol.ColumnType;
import java.util.List;

/** The types that the names on the wire stand for. */
public final class Types {
  private static final NativeType[] NATIVE = new NativeType[ColumnType.DURATION + 1];

  static {
    for (NativeType type :
        List.of(
            NativeType.ASCII,
            NativeType.BIGINT,
            NativeType.BLOB,
            NativeType.BOOLEAN,
            NativeType.COUNTER,
            NativeType.DECIMAL,
            NativeType.DOUBLE,
            NativeType.FLOAT,
            NativeType.INT,
            NativeType.TIMESTAMP,
            NativeType.UUID,
            NativeType.TEXT,
            NativeType.VARINT,
            NativeType.TIMEUUID,
            NativeType.INET,
            NativeType.DATE,
            NativeType.TIME,
            NativeType.SMALLINT,
            NativeType.TINYINT,
            NativeType.DURATION)) {
      NATIVE[type.kind().protocolId()] = type;
    }
  }

  private Types() {}

  /**
   * The type of a name; a class that is not known becomes a custom type, whose values are bytes.
   */
  public static CqlType of(ColumnType type) {
    if (type instanceof ColumnType.Native simple) {
      NativeType found = NATIVE[simple.id()];
      // 0x0A was text in version 1 and 2.
      return found == null ? NativeType.TEXT : found;
    }
    if (type instanceof ColumnType.ListOf list) {
      return new ListType(of(list.element()), true);
    }
    if (type instanceof ColumnType.SetOf set) {
      return new SetType(of(set.element()), true);
    }
    if (type instanceof ColumnType.MapOf map) {
      return new MapType(of(map.key()), of(map.value()), true);
    }
    if (type instanceof ColumnType.Tuple tuple) {
      return new TupleType(all(tuple.elements()));
    }
    if (type instanceof ColumnType.UserDefined udt) {
      return new UserType(
          udt.keyspace(), udt.name(), udt.fieldNames(), all(udt.fieldTypes()), false);
    }
    String className = ((ColumnType.Custom) type).className();
    try {
      return TypeParser.parseClassName(className);
    } catch (RuntimeException e) {
      return new CustomType(className);
    }
  }

  private static List<CqlType> all(List<ColumnType> types) {
    return types.stream().map(Types::of).toList();
  }
}

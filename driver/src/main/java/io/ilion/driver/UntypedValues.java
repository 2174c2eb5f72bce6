package io.ilion.driver;

import io.ilion.driver.codec.CodecException;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.codec.CompositeValue;
import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.VectorType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The CQL types that Java objects are taken for where nobody knows the type of a marker. */
final class UntypedValues {
  private static final Map<Class<?>, CqlType> TYPES =
      Map.ofEntries(
          Map.entry(String.class, NativeType.TEXT),
          Map.entry(Integer.class, NativeType.INT),
          Map.entry(Long.class, NativeType.BIGINT),
          Map.entry(Short.class, NativeType.SMALLINT),
          Map.entry(Byte.class, NativeType.TINYINT),
          Map.entry(Boolean.class, NativeType.BOOLEAN),
          Map.entry(Float.class, NativeType.FLOAT),
          Map.entry(Double.class, NativeType.DOUBLE),
          Map.entry(byte[].class, NativeType.BLOB),
          Map.entry(BigInteger.class, NativeType.VARINT),
          Map.entry(BigDecimal.class, NativeType.DECIMAL),
          Map.entry(UUID.class, NativeType.UUID),
          Map.entry(Instant.class, NativeType.TIMESTAMP),
          Map.entry(Date.class, NativeType.TIMESTAMP),
          Map.entry(LocalDate.class, NativeType.DATE),
          Map.entry(LocalTime.class, NativeType.TIME),
          Map.entry(CqlDuration.class, NativeType.DURATION));

  private UntypedValues() {}

  static byte[] encode(CodecRegistry codecs, Object value) {
    return value == null ? null : codecs.encode(typeOf(value), value);
  }

  private static CqlType typeOf(Object value) {
    CqlType known = TYPES.get(value.getClass());
    if (known != null) {
      return known;
    }
    if (value instanceof CompositeValue composite) {
      return composite.type();
    }
    if (value instanceof float[] floats) {
      return new VectorType(NativeType.FLOAT, floats.length);
    }
    if (value instanceof ByteBuffer) {
      return NativeType.BLOB;
    }
    if (value instanceof InetAddress) {
      return NativeType.INET;
    }
    if (value instanceof Enum<?>) {
      return NativeType.TEXT;
    }
    if (value instanceof List<?> list) {
      return new ListType(elementOf(list), false);
    }
    if (value instanceof Set<?> set) {
      return new SetType(elementOf(set), false);
    }
    if (value instanceof Map<?, ?> map) {
      return new MapType(elementOf(map.keySet()), elementOf(map.values()), false);
    }
    throw new CodecException(
        "No CQL type is known for " + value.getClass().getName() + ": prepare the statement");
  }

  /** Of an empty collection the elements may be anything. */
  private static CqlType elementOf(Collection<?> elements) {
    return elements.isEmpty() ? NativeType.BLOB : typeOf(elements.iterator().next());
  }
}

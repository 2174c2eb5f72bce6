package io.ilion.driver.codec;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Values that have parts: collections, vectors, tuples and UDTs. */
final class PartCodecs {
  private PartCodecs() {}

  static Codec<?> natural(CodecRegistry registry, CqlType type) {
    Class<?> like =
        switch (type.kind()) {
          case LIST -> List.class;
          case SET -> Set.class;
          case MAP -> Map.class;
          case VECTOR -> isFloats(type) ? float[].class : List.class;
          case UDT -> UdtValue.class;
          case TUPLE -> TupleValue.class;
          default -> throw new CodecException("No codec for " + type.cqlName());
        };
    return find(registry, type, like, List.of(Object.class, Object.class));
  }

  /** The codec between a type with parts and a class with its arguments, or null. */
  static Codec<?> find(CodecRegistry registry, CqlType type, Class<?> raw, List<Type> arguments) {
    Codec.Encoder<Object> encoder = value -> encode(registry, type, value);
    if (type instanceof ListType list) {
      return raw.isAssignableFrom(List.class)
          ? Codec.of(encoder, elements(registry.find(list.elementType(), arguments.get(0)), false))
          : null;
    }
    if (type instanceof SetType set) {
      CqlType element = set.componentTypes().get(0);
      return raw.isAssignableFrom(Set.class)
          ? Codec.of(encoder, elements(registry.find(element, arguments.get(0)), true))
          : null;
    }
    if (type instanceof MapType map) {
      return raw.isAssignableFrom(Map.class)
          ? Codec.of(
              encoder,
              entries(
                  registry.find(map.keyType(), arguments.get(0)),
                  registry.find(map.valueType(), arguments.get(1))))
          : null;
    }
    if (type instanceof VectorType vector) {
      if (raw == float[].class && isFloats(type)) {
        return Codec.of(encoder, PartCodecs::floats);
      }
      Codec<?> element = registry.find(vector.elementType(), arguments.get(0));
      return raw.isAssignableFrom(List.class)
          ? Codec.of(encoder, (bytes, at, length) -> vector(vector, element, bytes, at, length))
          : null;
    }
    if (type instanceof UserType udt) {
      if (raw.isRecord()) {
        return RecordCodec.ofUdt(registry, udt, raw);
      }
      return raw == UdtValue.class
          ? Codec.of(encoder, (bytes, at, length) -> new UdtValue(registry, udt, bytes, at, length))
          : null;
    }
    if (type instanceof TupleType tuple) {
      if (raw.isRecord()) {
        return RecordCodec.ofTuple(registry, tuple, raw);
      }
      return raw == TupleValue.class
          ? Codec.of(
              encoder, (bytes, at, length) -> new TupleValue(registry, tuple, bytes, at, length))
          : null;
    }
    return null;
  }

  static byte[] encode(CodecRegistry registry, CqlType type, Object value) {
    if (value instanceof CompositeValue composite) {
      return composite.encode();
    }
    if (value instanceof Record record && type instanceof TupleType composite) {
      return RecordCodec.encode(registry, composite, record);
    }
    if (type instanceof MapType map && value instanceof Map<?, ?> entries) {
      List<byte[]> parts = new ArrayList<>(2 * entries.size());
      entries.forEach(
          (key, element) -> {
            parts.add(required(registry.encode(map.keyType(), key), type));
            parts.add(required(registry.encode(map.valueType(), element), type));
          });
      return collection(entries.size(), parts);
    }
    if (type instanceof UserType udt && value instanceof Map<?, ?> fields) {
      UdtValue composite = new UdtValue(registry, udt);
      fields.forEach((name, field) -> composite.set((String) name, field));
      return composite.encode();
    }
    if (type instanceof VectorType vector) {
      return encodeVector(registry, vector, value);
    }
    if (type.isCollection() && value instanceof Collection<?> elements) {
      CqlType element = type.componentTypes().get(0);
      List<byte[]> parts = new ArrayList<>(elements.size());
      for (Object each : elements) {
        parts.add(required(registry.encode(element, each), type));
      }
      return collection(parts.size(), parts);
    }
    if (type.isTuple() && value instanceof List<?> elements) {
      return new TupleValue(registry, (TupleType) type, elements).encode();
    }
    throw new CodecException(
        "No codec between " + type.cqlName() + " and " + value.getClass().getName());
  }

  private static byte[] required(byte[] part, CqlType type) {
    if (part == null) {
      throw new CodecException("null inside of a " + type.cqlName());
    }
    return part;
  }

  private static byte[] collection(int count, List<byte[]> parts) {
    long size = 4;
    for (byte[] part : parts) {
      size += 4 + part.length;
    }
    byte[] bytes = new byte[Math.toIntExact(size)];
    Bytes.putInt(bytes, 0, count);
    int at = 4;
    for (byte[] part : parts) {
      Bytes.putInt(bytes, at, part.length);
      System.arraycopy(part, 0, bytes, at + 4, part.length);
      at += 4 + part.length;
    }
    return bytes;
  }

  private static Codec.Decoder<Object> elements(Codec<?> codec, boolean set) {
    return (bytes, at, length) -> {
      PartReader reader = new PartReader(bytes, at, length);
      int count = reader.count(1);
      Collection<Object> found =
          set ? new LinkedHashSet<>(Math.max(8, 2 * count)) : new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        found.add(reader.next(codec));
      }
      return set
          ? Collections.unmodifiableSet((Set<Object>) found)
          : Collections.unmodifiableList((List<Object>) found);
    };
  }

  private static Codec.Decoder<Object> entries(Codec<?> keys, Codec<?> values) {
    return (bytes, at, length) -> {
      PartReader reader = new PartReader(bytes, at, length);
      int count = reader.count(2);
      Map<Object, Object> found = new LinkedHashMap<>(Math.max(8, 2 * count));
      for (int i = 0; i < count; i++) {
        Object key = reader.next(keys);
        found.put(key, reader.next(values));
      }
      return Collections.unmodifiableMap(found);
    };
  }

  private static boolean isFloats(CqlType type) {
    return type instanceof VectorType vector && vector.elementType().kind() == CqlType.Kind.FLOAT;
  }

  private static Object floats(byte[] bytes, int at, int length) {
    if (length % 4 != 0) {
      throw new CodecException("A vector of floats of " + length + " bytes");
    }
    float[] values = new float[length / 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(Bytes.intAt(bytes, at + 4 * i));
    }
    return values;
  }

  private static Object vector(VectorType type, Codec<?> codec, byte[] bytes, int at, int length) {
    List<Object> elements = new ArrayList<>(type.dimensions());
    for (byte[] part : type.parts(Arrays.copyOfRange(bytes, at, at + length))) {
      elements.add(codec.decode(part, 0, part.length));
    }
    return Collections.unmodifiableList(elements);
  }

  private static byte[] encodeVector(CodecRegistry registry, VectorType type, Object value) {
    if (value instanceof float[] floats && isFloats(type)) {
      requireDimensions(type, floats.length);
      byte[] bytes = new byte[4 * floats.length];
      for (int i = 0; i < floats.length; i++) {
        Bytes.putInt(bytes, 4 * i, Float.floatToRawIntBits(floats[i]));
      }
      return bytes;
    }
    if (value instanceof List<?> elements) {
      requireDimensions(type, elements.size());
      List<byte[]> parts = new ArrayList<>(elements.size());
      for (Object element : elements) {
        parts.add(required(registry.encode(type.elementType(), element), type));
      }
      return type.compose(parts);
    }
    throw new CodecException(
        "No codec between " + type.cqlName() + " and " + value.getClass().getName());
  }

  private static void requireDimensions(VectorType type, int count) {
    if (count != type.dimensions()) {
      throw new CodecException(count + " elements for a " + type.cqlName());
    }
  }
}

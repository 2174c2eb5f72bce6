package io.ilion.driver.codec;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import java.util.List;

/** UDTs and tuples as records. */
final class RecordCodec {
  private RecordCodec() {}

  static Codec<?> ofUdt(CodecRegistry registry, UserType type, Class<?> raw) {
    RecordShape shape = RecordShape.of(raw);
    int[] components = new int[type.fieldNames().size()];
    boolean[] met = new boolean[shape.size()];
    for (int i = 0; i < components.length; i++) {
      components[i] = shape.indexOf(type.fieldNames().get(i));
      if (components[i] >= 0) {
        met[components[i]] = true;
      }
    }
    for (int i = 0; i < met.length; i++) {
      if (!met[i]) {
        throw new CodecException(
            "The type " + type.name() + " has no field for " + raw.getName() + "." + shape.name(i));
      }
    }
    return codec(registry, type, shape, components);
  }

  static Codec<?> ofTuple(CodecRegistry registry, TupleType type, Class<?> raw) {
    RecordShape shape = RecordShape.of(raw);
    int size = type.componentTypes().size();
    if (shape.size() != size) {
      throw new CodecException(
          "The record " + raw.getName() + " has not as many components as " + type.cqlName());
    }
    int[] components = new int[size];
    for (int i = 0; i < size; i++) {
      components[i] = i;
    }
    return codec(registry, type, shape, components);
  }

  private static Codec<?> codec(
      CodecRegistry registry, TupleType type, RecordShape shape, int[] components) {
    List<CqlType> types = type.componentTypes();
    Codec<?>[] codecs = new Codec<?>[components.length];
    for (int i = 0; i < codecs.length; i++) {
      codecs[i] =
          components[i] < 0
              ? NativeCodecs.BYTES
              : registry.find(types.get(i), shape.type(components[i]));
    }
    return Codec.<Record>of(
        value -> encode(registry, type, value),
        (bytes, at, length) -> {
          Object[] values = new Object[shape.size()];
          PartReader reader = new PartReader(bytes, at, length);
          for (int i = 0; i < codecs.length && reader.hasNext(); i++) {
            Object value = reader.next(codecs[i]);
            if (components[i] >= 0) {
              values[components[i]] = value;
            }
          }
          return (Record) shape.create(values);
        });
  }

  static byte[] encode(CodecRegistry registry, TupleType type, Record value) {
    RecordShape shape = RecordShape.of(value.getClass());
    List<CqlType> types = type.componentTypes();
    byte[][] parts = new byte[types.size()][];
    for (int i = 0; i < parts.length; i++) {
      int component = type instanceof UserType udt ? shape.indexOf(udt.fieldNames().get(i)) : i;
      if (component >= 0 && component < shape.size()) {
        parts[i] = registry.encode(types.get(i), shape.get(value, component));
      }
    }
    return CompositeValue.compose(parts);
  }
}

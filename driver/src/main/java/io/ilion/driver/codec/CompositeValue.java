package io.ilion.driver.codec;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A value of several parts, each of a type of its own: a tuple or a UDT. */
public abstract sealed class CompositeValue permits TupleValue, UdtValue {
  final CodecRegistry registry;
  private final TupleType type;
  final Object[] parts;

  CompositeValue(CodecRegistry registry, TupleType type) {
    this.registry = registry;
    this.type = type;
    this.parts = new Object[type.componentTypes().size()];
  }

  CompositeValue(CodecRegistry registry, TupleType type, byte[] bytes, int offset, int length) {
    this(registry, type);
    PartReader reader = new PartReader(bytes, offset, length);
    // A value from before fields were added has fewer, one from after this type was read more.
    for (int i = 0; i < parts.length && reader.hasNext(); i++) {
      parts[i] = reader.next(registry.natural(type.componentTypes().get(i)));
    }
  }

  /** The types of the parts. */
  public List<CqlType> componentTypes() {
    return type.componentTypes();
  }

  /** The CQL type of the whole. */
  public CqlType type() {
    return type;
  }

  /** The parts, null where CQL has null. */
  public List<Object> values() {
    return Collections.unmodifiableList(Arrays.asList(parts));
  }

  /** The part at an index. */
  public Object get(int index) {
    return parts[index];
  }

  /**
   * The part at an index as another Java type than its like.
   *
   * @throws CodecException if there is no codec
   */
  public <T> T get(int index, Class<T> javaType) {
    if (parts[index] == null) {
      return null;
    }
    CqlType part = componentTypes().get(index);
    byte[] bytes = registry.encode(part, parts[index]);
    return registry.find(part, javaType).decode(bytes, 0, bytes.length);
  }

  byte[] encode() {
    byte[][] encoded = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      encoded[i] = registry.encode(componentTypes().get(i), parts[i]);
    }
    return compose(encoded);
  }

  static byte[] compose(byte[][] parts) {
    long size = 0;
    for (byte[] part : parts) {
      size += 4 + (part == null ? 0 : part.length);
    }
    byte[] bytes = new byte[Math.toIntExact(size)];
    int at = 0;
    for (byte[] part : parts) {
      Bytes.putInt(bytes, at, part == null ? -1 : part.length);
      at += 4;
      if (part != null) {
        System.arraycopy(part, 0, bytes, at, part.length);
        at += part.length;
      }
    }
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CompositeValue that
        && type.equals(that.type)
        && Arrays.deepEquals(parts, that.parts);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(parts);
  }
}

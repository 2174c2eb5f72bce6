package io.ilion.driver.codec;

import io.ilion.model.type.UserType;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A value of a user-defined type: fields by name. A record or a {@link Map} may stand for one too.
 */
public final class UdtValue extends CompositeValue {
  private final UserType type;

  UdtValue(CodecRegistry registry, UserType type) {
    super(registry, type);
    this.type = type;
  }

  UdtValue(CodecRegistry registry, UserType type, byte[] bytes, int offset, int length) {
    super(registry, type, bytes, offset, length);
    this.type = type;
  }

  /** The names of the fields, in their order. */
  public java.util.List<String> fieldNames() {
    return type.fieldNames();
  }

  /**
   * A field's value.
   *
   * @throws CodecException if there is no such field
   */
  public Object get(String field) {
    return get(indexOf(field));
  }

  /**
   * A field's value as another Java type than its like.
   *
   * @throws CodecException if there is no such field, or no codec
   */
  public <T> T get(String field, Class<T> javaType) {
    return get(indexOf(field), javaType);
  }

  /** The fields by name. */
  public Map<String, Object> asMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < parts.length; i++) {
      map.put(type.fieldNames().get(i), parts[i]);
    }
    return map;
  }

  void set(String field, Object value) {
    parts[indexOf(field)] = value;
  }

  private int indexOf(String field) {
    int index = type.fieldNames().indexOf(field);
    if (index < 0) {
      throw new CodecException("The type " + type.name() + " has no field " + field);
    }
    return index;
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}

package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A map, in the order of its keys; the cells of a multi-cell one have the keys as paths. */
public final class MapType extends CollectionType {
  private final List<CqlType> components;

  /** Makes a map type; its keys and values are frozen. */
  public MapType(CqlType key, CqlType value, boolean multiCell) {
    super(Kind.MAP, multiCell);
    this.components = List.of(key, value);
  }

  /** The type of the keys. */
  public CqlType keyType() {
    return components.get(0);
  }

  /** The type of the values. */
  public CqlType valueType() {
    return components.get(1);
  }

  @Override
  public CqlType pathType() {
    return keyType();
  }

  @Override
  int partsPerElement() {
    return 2;
  }

  @Override
  CollectionType with(List<CqlType> types, boolean multiCell) {
    return new MapType(types.get(0), types.get(1), multiCell);
  }

  @Override
  public List<CqlType> componentTypes() {
    return components;
  }

  @Override
  public Object decode(byte[] value) {
    if (value == null) {
      return null;
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i += 2) {
      map.put(keyType().decode(parts.get(i)), valueType().decode(parts.get(i + 1)));
    }
    return map;
  }

  @Override
  public byte[] encode(Object value) {
    if (value == null) {
      return null;
    }
    Map<byte[], byte[]> sorted = new TreeMap<>(keyType()::compare);
    ((Map<?, ?>) value).forEach((k, v) -> sorted.put(keyType().encode(k), valueType().encode(v)));
    return sorted(sorted);
  }

  @Override
  public byte[] ordered(byte[] value) {
    List<byte[]> parts = orderedParts(value);
    boolean ascending = true;
    for (int i = 2; i < parts.size() && ascending; i += 2) {
      ascending = keyType().compare(parts.get(i - 2), parts.get(i)) < 0;
    }
    if (ascending) {
      boolean nested = keyType().isCollection() || valueType().isCollection();
      return nested ? compose(parts) : value;
    }
    Map<byte[], byte[]> sorted = new TreeMap<>(keyType()::compare);
    for (int i = 0; i < parts.size(); i += 2) {
      sorted.put(parts.get(i), parts.get(i + 1));
    }
    return sorted(sorted);
  }

  private byte[] sorted(Map<byte[], byte[]> entries) {
    List<byte[]> parts = new ArrayList<>();
    entries.forEach(
        (k, v) -> {
          parts.add(k);
          parts.add(v);
        });
    return compose(parts);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    if (value == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder("{");
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i += 2) {
      out.append(i > 0 ? ", " : "").append(keyType().toCqlLiteral(parts.get(i)));
      out.append(": ").append(valueType().toCqlLiteral(parts.get(i + 1)));
    }
    return out.append('}').toString();
  }

  @Override
  public String toJson(byte[] value) {
    if (value == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder("{");
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i += 2) {
      String key = keyType().toJson(parts.get(i));
      out.append(i > 0 ? ", " : "");
      out.append(key.startsWith("\"") ? key : TextFormats.jsonQuote(key));
      out.append(": ").append(valueType().toJson(parts.get(i + 1)));
    }
    return out.append('}').toString();
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    if (!(parsed instanceof Map<?, ?> map)) {
      throw jsonMismatch("a map", parsed);
    }
    Map<byte[], byte[]> sorted = new TreeMap<>(keyType()::compare);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (entry.getKey() == null) {
        throw CqlException.invalid("Invalid null key in map");
      }
      if (entry.getValue() == null) {
        throw CqlException.invalid("Invalid null value in map");
      }
      sorted.put(keyType().fromJson(entry.getKey()), valueType().fromJson(entry.getValue()));
    }
    return sorted(sorted);
  }
}

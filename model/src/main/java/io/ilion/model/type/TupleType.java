package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A tuple: each element with its length, -1 for null; elements may be missing at the end. */
public sealed class TupleType extends CqlType permits UserType {
  private final List<CqlType> components;

  /** Makes a tuple type; its elements are frozen. */
  public TupleType(List<CqlType> components) {
    this(Kind.TUPLE, components);
  }

  TupleType(Kind kind, List<CqlType> components) {
    super(kind);
    this.components = List.copyOf(components);
  }

  @Override
  public List<CqlType> componentTypes() {
    return components;
  }

  @Override
  public boolean isFrozen() {
    return true;
  }

  @Override
  public CqlType freeze() {
    return new TupleType(components.stream().map(CqlType::freeze).toList());
  }

  @Override
  public CqlType withUpdatedUserType(UserType type) {
    return referencesUserType(type.keyspace(), type.name())
        ? new TupleType(components.stream().map(t -> t.withUpdatedUserType(type)).toList())
        : this;
  }

  @Override
  public String cqlName() {
    return components.stream()
        .map(CqlType::cqlName)
        .collect(Collectors.joining(", ", "frozen<tuple<", ">>"));
  }

  @Override
  public String className() {
    return components.stream()
        .map(CqlType::classNameInsideFrozen)
        .collect(Collectors.joining(",", NativeType.MARSHAL + "TupleType(", ")"));
  }

  /** What errors call a value of this type. */
  String word() {
    return "tuple";
  }

  /** What errors call an element. */
  String element(int index) {
    return index + "th component";
  }

  /** The elements of a value; maybe fewer than the type has. */
  public List<byte[]> parts(byte[] value) {
    List<byte[]> parts = new ArrayList<>(components.size());
    int at = 0;
    while (at < value.length) {
      int index = parts.size();
      if (index == components.size()) {
        throw CqlException.invalid("Invalid remaining data after end of %s value", word());
      }
      if (value.length - at < 4) {
        throw CqlException.invalid("Not enough bytes to read size of %s", element(index));
      }
      int length = Bytes.getInt(value, at);
      at += 4;
      if (length > value.length - at) {
        throw CqlException.invalid("Not enough bytes to read %s", element(index));
      }
      parts.add(length < 0 ? null : Arrays.copyOfRange(value, at, at + length));
      at += Math.max(length, 0);
    }
    return parts;
  }

  /** The value of some elements, null for null. */
  public byte[] compose(List<byte[]> parts) {
    return Nested.join(new ByteSink(), parts);
  }

  @Override
  public void validate(byte[] value) {
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) != null) {
        validateElement(i, parts.get(i));
      }
    }
  }

  void validateElement(int index, byte[] value) {
    components.get(index).validate(value);
  }

  @Override
  public boolean allowsEmpty() {
    return true;
  }

  @Override
  public Object decode(byte[] value) {
    if (value == null) {
      return null;
    }
    List<Object> elements = new ArrayList<>();
    List<byte[]> parts = parts(value);
    for (int i = 0; i < components.size(); i++) {
      byte[] part = i < parts.size() ? parts.get(i) : null;
      elements.add(part == null ? null : components.get(i).decode(part));
    }
    return elements;
  }

  @Override
  public byte[] encode(Object value) {
    if (value == null) {
      return null;
    }
    List<byte[]> parts = new ArrayList<>();
    int i = 0;
    for (Object element : (List<?>) value) {
      parts.add(components.get(i++).encode(element));
    }
    return compose(parts);
  }

  @Override
  public int compare(byte[] left, byte[] right) {
    if (left.length == 0 || right.length == 0) {
      return Integer.signum(left.length - right.length);
    }
    List<byte[]> a = parts(left);
    List<byte[]> b = parts(right);
    for (int i = 0; i < components.size(); i++) {
      int order =
          Nested.compare(
              components.get(i), i < a.size() ? a.get(i) : null, i < b.size() ? b.get(i) : null);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  @Override
  public void writeComparable(byte[] value, ByteSink out) {
    List<byte[]> parts = parts(value);
    int count = parts.size();
    while (count > 0 && parts.get(count - 1) == null) {
      count--;
    }
    for (int i = 0; i < count; i++) {
      Nested.writeElement(components.get(i), parts.get(i), out);
    }
    Nested.writeEnd(out);
  }

  @Override
  public byte[] readComparable(ComparableReader in) {
    List<byte[]> parts = new ArrayList<>();
    while (!Nested.readEnd(in)) {
      if (parts.size() == components.size()) {
        throw CqlException.invalid("Too many elements in the key of a %s", word());
      }
      parts.add(Nested.readElement(components.get(parts.size()), in));
    }
    // Elements missing at the end are null; a tuple of nulls alone is still not the empty value.
    while (parts.size() < components.size()) {
      parts.add(null);
    }
    return compose(parts);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    return value == null ? "null" : joined(value, false, "(", ")");
  }

  @Override
  public String toJson(byte[] value) {
    return value == null ? "null" : joined(value, true, "[", "]");
  }

  private String joined(byte[] value, boolean json, String open, String close) {
    List<byte[]> parts = parts(value);
    StringBuilder out = new StringBuilder(open);
    for (int i = 0; i < parts.size(); i++) {
      CqlType type = components.get(i);
      out.append(i > 0 ? ", " : "");
      out.append(json ? type.toJson(parts.get(i)) : type.toCqlLiteral(parts.get(i)));
    }
    return out.append(close).toString();
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    if (!(parsed instanceof List<?> list)) {
      throw CqlException.invalid(
          "Expected a list representation of a tuple, but got a %s: %s",
          parsed.getClass().getSimpleName(), parsed);
    }
    if (list.size() > components.size()) {
      throw CqlException.invalid(
          "Tuple contains extra items (expected %d): %s", components.size(), parsed);
    }
    if (list.size() < components.size()) {
      throw CqlException.invalid(
          "Tuple is missing items (expected %d): %s", components.size(), parsed);
    }
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      parts.add(list.get(i) == null ? null : components.get(i).fromJson(list.get(i)));
    }
    return compose(parts);
  }

  @Override
  public String toText(byte[] value) {
    return toCqlLiteral(value);
  }

  @Override
  public byte[] fromString(String text) {
    // Components are separated by colons; a backslash before a colon or an at sign makes it plain,
    // a bare at sign is null.
    String[] fields = text.split("(?<!\\\\):", -1);
    if (fields.length > components.size()) {
      throw CqlException.invalid(
          "Invalid tuple literal: too many elements. Type %s expects %d but got %d",
          cqlName(), components.size(), fields.length);
    }
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      String field = fields[i].replace("\\:", ":").replace("\\@", "@");
      parts.add(fields[i].equals("@") ? null : components.get(i).fromString(field));
    }
    return compose(parts);
  }

  @Override
  public boolean isValueCompatibleWith(CqlType previous) {
    if (!(previous instanceof TupleType other)
        || other.kind() != kind()
        || other.components.size() > components.size()) {
      return false;
    }
    for (int i = 0; i < other.components.size(); i++) {
      if (!components.get(i).isValueCompatibleWith(other.components.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TupleType that
        && that.kind() == kind()
        && that.components.equals(components);
  }

  @Override
  public int hashCode() {
    return 31 * kind().hashCode() + components.hashCode();
  }
}

package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A set, its elements in order; the cells of a multi-cell one have the elements as paths. */
public final class SetType extends CollectionType {
  private final List<CqlType> components;

  /** Makes a set type; its elements are frozen. */
  public SetType(CqlType element, boolean multiCell) {
    super(Kind.SET, multiCell);
    this.components = List.of(element);
  }

  /** The type of the elements. */
  public CqlType elementType() {
    return components.get(0);
  }

  @Override
  public CqlType pathType() {
    return elementType();
  }

  @Override
  int partsPerElement() {
    return 1;
  }

  @Override
  CollectionType with(List<CqlType> types, boolean multiCell) {
    return new SetType(types.get(0), multiCell);
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
    Set<Object> set = new LinkedHashSet<>();
    for (byte[] part : parts(value)) {
      set.add(elementType().decode(part));
    }
    return set;
  }

  @Override
  public byte[] encode(Object value) {
    if (value == null) {
      return null;
    }
    return sorted(((Collection<?>) value).stream().map(elementType()::encode).toList());
  }

  @Override
  public byte[] ordered(byte[] value) {
    List<byte[]> parts = orderedParts(value);
    for (int i = 1; i < parts.size(); i++) {
      if (elementType().compare(parts.get(i - 1), parts.get(i)) >= 0) {
        return sorted(parts);
      }
    }
    return elementType().isCollection() ? compose(parts) : value;
  }

  private byte[] sorted(Collection<byte[]> elements) {
    Set<byte[]> set = new TreeSet<>(elementType()::compare);
    set.addAll(elements);
    return compose(List.copyOf(set));
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    return value == null
        ? "null"
        : parts(value).stream()
            .map(elementType()::toCqlLiteral)
            .collect(Collectors.joining(", ", "{", "}"));
  }

  @Override
  public String toJson(byte[] value) {
    return value == null
        ? "null"
        : parts(value).stream()
            .map(elementType()::toJson)
            .collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    if (!(parsed instanceof List<?> list)) {
      throw jsonMismatch("a list (representing a set)", parsed);
    }
    List<byte[]> parts = new ArrayList<>();
    for (Object element : list) {
      if (element == null) {
        throw CqlException.invalid("Invalid null element in set");
      }
      parts.add(elementType().fromJson(element));
    }
    return sorted(parts);
  }
}

package io.ilion.model.type;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A list; the cells of a multi-cell one have timeuuids as paths. */
public final class ListType extends CollectionType {
  private final List<CqlType> components;
  private final boolean nullElements;

  /** Makes a list type; its elements are frozen. */
  public ListType(CqlType element, boolean multiCell) {
    this(element, multiCell, false);
  }

  private ListType(CqlType element, boolean multiCell, boolean nullElements) {
    super(Kind.LIST, multiCell);
    this.components = List.of(element);
    this.nullElements = nullElements;
  }

  /** The type of a bound list of values, as after IN: some of these may be null. */
  public static ListType ofValues(CqlType element, boolean multiCell) {
    return new ListType(element, multiCell, true);
  }

  @Override
  boolean allowsNull() {
    return nullElements;
  }

  /** The type of the elements. */
  public CqlType elementType() {
    return components.get(0);
  }

  @Override
  public CqlType pathType() {
    return NativeType.TIMEUUID;
  }

  @Override
  int partsPerElement() {
    return 1;
  }

  @Override
  CollectionType with(List<CqlType> types, boolean multiCell) {
    return new ListType(types.get(0), multiCell);
  }

  @Override
  public List<CqlType> componentTypes() {
    return components;
  }

  @Override
  boolean hasOrder() {
    return elementType() instanceof CollectionType type && type.hasOrder();
  }

  @Override
  public byte[] ordered(byte[] value) {
    return hasOrder() ? compose(orderedParts(value)) : value;
  }

  @Override
  public Object decode(byte[] value) {
    if (value == null) {
      return null;
    }
    List<Object> list = new ArrayList<>();
    for (byte[] part : parts(value)) {
      list.add(elementType().decode(part));
    }
    return list;
  }

  @Override
  public byte[] encode(Object value) {
    if (value == null) {
      return null;
    }
    List<byte[]> parts = new ArrayList<>();
    for (Object element : (List<?>) value) {
      parts.add(elementType().encode(element));
    }
    return compose(parts);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    return value == null
        ? "null"
        : parts(value).stream()
            .map(elementType()::toCqlLiteral)
            .collect(Collectors.joining(", ", "[", "]"));
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
      throw jsonMismatch("a list", parsed);
    }
    List<byte[]> parts = new ArrayList<>();
    for (Object element : list) {
      if (element == null) {
        throw io.ilion.model.CqlException.invalid("Invalid null element in list");
      }
      parts.add(elementType().fromJson(element));
    }
    return compose(parts);
  }
}

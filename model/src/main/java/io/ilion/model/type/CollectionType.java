package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A list, a set or a map. In wire form: the count of elements, then each part with its length. */
public abstract sealed class CollectionType extends CqlType permits ListType, SetType, MapType {
  private final boolean multiCell;

  CollectionType(Kind kind, boolean multiCell) {
    super(kind);
    this.multiCell = multiCell;
  }

  /** How many parts one element has in wire form. */
  abstract int partsPerElement();

  /** Whether elements may be null. */
  boolean allowsNull() {
    return false;
  }

  abstract CollectionType with(List<CqlType> components, boolean newMultiCell);

  /** The type of the cells' paths of a multi-cell collection of this type. */
  public abstract CqlType pathType();

  @Override
  public boolean isMultiCell() {
    return multiCell;
  }

  @Override
  public boolean isFrozen() {
    return !multiCell;
  }

  @Override
  public CqlType freeze() {
    return with(componentTypes().stream().map(CqlType::freeze).toList(), false);
  }

  @Override
  public CqlType asMultiCell() {
    return with(componentTypes(), true);
  }

  @Override
  public CqlType withUpdatedUserType(UserType type) {
    return referencesUserType(type.keyspace(), type.name())
        ? with(componentTypes().stream().map(t -> t.withUpdatedUserType(type)).toList(), multiCell)
        : this;
  }

  private String word() {
    return kind().name().toLowerCase(java.util.Locale.ROOT);
  }

  private List<CqlType> components() {
    return componentTypes();
  }

  @Override
  public String cqlName() {
    StringBuilder name = new StringBuilder(word()).append('<');
    for (int i = 0; i < components().size(); i++) {
      name.append(i > 0 ? ", " : "").append(components().get(i).cqlName());
    }
    name.append('>');
    return multiCell ? name.toString() : "frozen<" + name + ">";
  }

  @Override
  public String className() {
    return multiCell ? bareClassName() : NativeType.MARSHAL + "FrozenType(" + bareClassName() + ")";
  }

  @Override
  String classNameInsideFrozen() {
    return with(components(), false).bareClassName();
  }

  private String bareClassName() {
    String simple =
        switch (kind()) {
          case LIST -> "ListType";
          case SET -> "SetType";
          default -> "MapType";
        };
    return components().stream()
        .map(multiCell ? CqlType::className : CqlType::classNameInsideFrozen)
        .collect(Collectors.joining(",", NativeType.MARSHAL + simple + "(", ")"));
  }

  /** The parts of a value: elements, or keys and values in turn. */
  public List<byte[]> parts(byte[] value) {
    if (value.length == 0) {
      return List.of();
    }
    if (value.length < 4) {
      throw CqlException.invalid("Not enough bytes to read a %s", word());
    }
    int count = Bytes.getInt(value, 0);
    if (count < 0 || (long) count * partsPerElement() * 4 > value.length) {
      throw CqlException.invalid("Not enough bytes to read a %s", word());
    }
    return Nested.parts(value, 4, count * partsPerElement(), "a " + word());
  }

  /** The value of some parts, which are in order. */
  public byte[] compose(List<byte[]> parts) {
    ByteSink out = new ByteSink();
    out.writeInt(parts.size() / partsPerElement());
    return Nested.join(out, parts);
  }

  private CqlType typeOfPart(int index) {
    return components().get(index % partsPerElement());
  }

  @Override
  public void validate(byte[] value) {
    if (value.length == 0) {
      throw CqlException.invalid("Not enough bytes to read a %s", word());
    }
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) != null) {
        typeOfPart(i).validate(parts.get(i));
      } else if (!allowsNull()) {
        throw CqlException.invalid("Null value read when not allowed");
      }
    }
  }

  @Override
  public int compare(byte[] left, byte[] right) {
    if (left.length == 0 || right.length == 0) {
      return Integer.compare(left.length, right.length);
    }
    List<byte[]> a = parts(left);
    List<byte[]> b = parts(right);
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = Nested.compare(typeOfPart(i), a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  @Override
  public void writeComparable(byte[] value, ByteSink out) {
    List<byte[]> parts = parts(value);
    for (int i = 0; i < parts.size(); i++) {
      Nested.writeElement(typeOfPart(i), parts.get(i), out);
    }
    Nested.writeEnd(out);
  }

  @Override
  public byte[] readComparable(ComparableReader in) {
    List<byte[]> parts = new ArrayList<>();
    while (!Nested.readEnd(in)) {
      parts.add(Nested.readElement(typeOfPart(parts.size()), in));
    }
    return compose(parts);
  }

  @Override
  public String toText(byte[] value) {
    return toCqlLiteral(value);
  }

  @Override
  public byte[] fromString(String text) {
    throw CqlException.invalid("Cannot parse a %s from '%s'", cqlName(), text);
  }

  CqlException jsonMismatch(String expected, Object parsed) {
    return CqlException.invalid(
        "Expected %s, but got a %s: %s", expected, parsed.getClass().getSimpleName(), parsed);
  }

  @Override
  public boolean isValueCompatibleWith(CqlType previous) {
    if (!(previous instanceof CollectionType other) || other.kind() != kind()) {
      return false;
    }
    for (int i = 0; i < components().size(); i++) {
      if (!components().get(i).isValueCompatibleWith(other.componentTypes().get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a collection of another freezing is otherwise the same; assignment does not mind it.
   */
  @Override
  public Assignment assignmentFrom(CqlType other) {
    return other.isCollection() && freeze().equals(other.freeze())
        ? Assignment.EXACT
        : super.assignmentFrom(other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CollectionType that
        && that.kind() == kind()
        && that.multiCell == multiCell
        && that.componentTypes().equals(componentTypes());
  }

  @Override
  public int hashCode() {
    return 31 * kind().hashCode() + componentTypes().hashCode();
  }

  /** Whether there are sets or maps in it, or it is one, whose elements have an order. */
  boolean hasOrder() {
    return true;
  }

  /** The parts of a value, each as it is stored. */
  final List<byte[]> orderedParts(byte[] value) {
    List<byte[]> parts = new ArrayList<>(parts(value));
    List<CqlType> types = componentTypes();
    for (int i = 0; i < parts.size(); i++) {
      CqlType type = types.get(i % types.size());
      // Tuples and values of user types stay as they were sent, with all that is in them.
      if (type.isCollection() && parts.get(i) != null) {
        parts.set(i, type.ordered(parts.get(i)));
      }
    }
    return parts;
  }
}

package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A vector of a fixed number of elements, none of them null. In wire form elements of a fixed
 * length follow each other bare, others have their length before them as a vint.
 */
public final class VectorType extends CqlType {
  /** The most dimensions that a vector may have. */
  public static final int MAX_DIMENSIONS = 8192;

  private final CqlType element;
  private final int dimensions;

  /** Makes a vector type; throws for dimensions out of range. */
  public VectorType(CqlType element, int dimensions) {
    super(Kind.VECTOR);
    if (dimensions <= 0) {
      throw CqlException.invalid("vectors may only have positive dimensions; given %d", dimensions);
    }
    this.element = element;
    this.dimensions = dimensions;
  }

  /** The type of the elements. */
  public CqlType elementType() {
    return element;
  }

  /** The number of elements. */
  public int dimensions() {
    return dimensions;
  }

  @Override
  public List<CqlType> componentTypes() {
    return List.of(element);
  }

  @Override
  public CqlType withUpdatedUserType(UserType type) {
    return new VectorType(element.withUpdatedUserType(type), dimensions);
  }

  @Override
  public int fixedLength() {
    return elementLength() < 0 ? -1 : elementLength() * dimensions;
  }

  /** Some numbers of a fixed length count as variable in Cassandra's vectors. */
  private int elementLength() {
    return switch (element.kind()) {
      case TINYINT, SMALLINT, DATE, TIME, COUNTER -> -1;
      default -> element.fixedLength();
    };
  }

  @Override
  public String cqlName() {
    return "vector<" + element.cqlName() + ", " + dimensions + ">";
  }

  @Override
  public String className() {
    return NativeType.MARSHAL + "VectorType(" + element.className() + " , " + dimensions + ")";
  }

  /** The elements of a value. */
  public List<byte[]> parts(byte[] value) {
    if (value.length == 0) {
      throw CqlException.invalid("Invalid empty vector value");
    }
    List<byte[]> parts = new ArrayList<>(dimensions);
    int length = elementLength();
    int[] at = {0};
    for (int i = 0; i < dimensions; i++) {
      int size = length;
      if (length < 0) {
        if (at[0] >= value.length) {
          throw notEnough();
        }
        try {
          long read = Vint.read(value, at);
          size = read < 0 || read > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) read;
        } catch (IndexOutOfBoundsException e) {
          throw notEnough();
        }
      }
      if (size > value.length - at[0]) {
        throw length >= 0
            ? notEnough()
            : CqlException.invalid(
                "Attempted to read %d, but the size is %d", size, value.length - at[0]);
      }
      parts.add(Arrays.copyOfRange(value, at[0], at[0] + size));
      at[0] += size;
    }
    if (at[0] != value.length) {
      throw CqlException.invalid(
          "Unexpected %d extraneous bytes after %s value", value.length - at[0], cqlName());
    }
    return parts;
  }

  private CqlException notEnough() {
    return CqlException.invalid("Not enough bytes to read a %s", cqlName());
  }

  /** The value of all elements. */
  public byte[] compose(List<byte[]> parts) {
    ByteSink out = new ByteSink();
    for (byte[] part : parts) {
      if (part == null) {
        throw CqlException.invalid("Invalid null element in a %s", cqlName());
      }
      if (elementLength() < 0) {
        Vint.write(part.length, out);
      }
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Override
  public void validate(byte[] value) {
    parts(value).forEach(element::validate);
  }

  @Override
  public Object decode(byte[] value) {
    return value == null ? null : parts(value).stream().map(element::decode).toList();
  }

  @Override
  public byte[] encode(Object value) {
    return value == null ? null : compose(((List<?>) value).stream().map(element::encode).toList());
  }

  @Override
  public int compare(byte[] left, byte[] right) {
    List<byte[]> a = parts(left);
    List<byte[]> b = parts(right);
    for (int i = 0; i < dimensions; i++) {
      int order = element.compare(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  @Override
  public void writeComparable(byte[] value, ByteSink out) {
    parts(value).forEach(part -> Nested.writeElement(element, part, out));
  }

  @Override
  public byte[] readComparable(ComparableReader in) {
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      parts.add(Nested.readElement(element, in));
    }
    return compose(parts);
  }

  @Override
  public String toCqlLiteral(byte[] value) {
    return value == null
        ? "null"
        : parts(value).stream()
            .map(element::toCqlLiteral)
            .collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public String toJson(byte[] value) {
    return value == null
        ? "null"
        : parts(value).stream().map(element::toJson).collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public byte[] fromJson(Object parsed) {
    if (parsed == null) {
      return null;
    }
    if (!(parsed instanceof List<?> list)) {
      throw CqlException.invalid(
          "Expected a list, but got a %s: %s", parsed.getClass().getSimpleName(), parsed);
    }
    if (list.size() != dimensions) {
      throw CqlException.invalid(
          "List had incorrect size: expected %d but given %d; %s", dimensions, list.size(), parsed);
    }
    List<byte[]> parts = new ArrayList<>();
    for (Object part : list) {
      if (part == null) {
        throw CqlException.invalid("Invalid null element in list");
      }
      parts.add(element.fromJson(part));
    }
    return compose(parts);
  }

  @Override
  public byte[] fromString(String text) {
    throw CqlException.invalid("Cannot parse a %s from '%s'", cqlName(), text);
  }

  @Override
  public String toText(byte[] value) {
    return toCqlLiteral(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VectorType that
        && that.dimensions == dimensions
        && that.element.equals(element);
  }

  @Override
  public int hashCode() {
    return 31 * dimensions + element.hashCode();
  }
}

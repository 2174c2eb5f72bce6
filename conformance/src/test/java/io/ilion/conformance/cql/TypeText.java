package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads types from text: CQL names such as {@code list<int>}, and the Java class names by which the
 * wire spells vectors (and durations before version 5).
 */
final class TypeText {
  private static final Map<String, String> SIMPLE_CLASSES =
      Map.ofEntries(
          Map.entry("AsciiType", "ascii"),
          Map.entry("LongType", "bigint"),
          Map.entry("BytesType", "blob"),
          Map.entry("BooleanType", "boolean"),
          Map.entry("CounterColumnType", "counter"),
          Map.entry("DecimalType", "decimal"),
          Map.entry("DoubleType", "double"),
          Map.entry("FloatType", "float"),
          Map.entry("Int32Type", "int"),
          Map.entry("TimestampType", "timestamp"),
          Map.entry("UUIDType", "uuid"),
          Map.entry("UTF8Type", "varchar"),
          Map.entry("IntegerType", "varint"),
          Map.entry("TimeUUIDType", "timeuuid"),
          Map.entry("InetAddressType", "inet"),
          Map.entry("SimpleDateType", "date"),
          Map.entry("TimeType", "time"),
          Map.entry("ShortType", "smallint"),
          Map.entry("ByteType", "tinyint"),
          Map.entry("DurationType", "duration"));

  private final String text;
  private final char open;
  private final char close;
  private int at;

  private TypeText(String text, char open, char close) {
    this.text = text;
    this.open = open;
    this.close = close;
  }

  /** Parses a CQL type; {@code frozen<T>} is T. */
  static WireType parseCql(String text) {
    TypeText parser = new TypeText(text, '<', '>');
    WireType type = parser.type();
    if (type == null || parser.at != text.length()) {
      throw new IllegalArgumentException("not a type: " + text);
    }
    return type;
  }

  /** The layout of the values of a class, or null when it is not known. */
  static WireType parseClass(String className) {
    TypeText parser = new TypeText(className, '(', ')');
    WireType type = parser.type();
    return parser.at == className.length() ? type : null;
  }

  private WireType type() {
    String name = word();
    name = name.substring(name.lastIndexOf('.') + 1);
    List<WireType> arguments = new ArrayList<>();
    int dimensions = -1;
    if (at < text.length() && text.charAt(at) == open) {
      do {
        at++;
        skipSpaces();
        if (at < text.length() && Character.isDigit(text.charAt(at))) {
          dimensions = Integer.parseInt(word());
        } else {
          arguments.add(type());
        }
        skipSpaces();
      } while (at < text.length() && text.charAt(at) == ',');
      if (at == text.length() || text.charAt(at) != close) {
        throw new IllegalArgumentException("not a type: " + text);
      }
      at++;
    }
    if (arguments.contains(null)) {
      return null;
    }
    return build(name, arguments, dimensions);
  }

  private static WireType build(String name, List<WireType> arguments, int dimensions) {
    return switch (name) {
      case "list", "ListType" -> new WireType.ListOf(arguments.get(0));
      case "set", "SetType" -> new WireType.SetOf(arguments.get(0));
      case "map", "MapType" -> new WireType.MapOf(arguments.get(0), arguments.get(1));
      case "tuple", "TupleType" -> new WireType.Tuple(arguments);
      case "frozen", "FrozenType", "ReversedType" -> arguments.get(0);
      case "vector", "VectorType" -> new WireType.Vector(arguments.get(0), dimensions);
      case "text" -> new WireType.Simple("varchar");
      default -> {
        String simple = SIMPLE_CLASSES.getOrDefault(name, name);
        yield SIMPLE_CLASSES.containsValue(simple) ? new WireType.Simple(simple) : null;
      }
    };
  }

  private String word() {
    skipSpaces();
    int from = at;
    while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || isJoint())) {
      at++;
    }
    String word = text.substring(from, at);
    skipSpaces();
    return word;
  }

  private boolean isJoint() {
    return text.charAt(at) == '.' || text.charAt(at) == '_';
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }
}

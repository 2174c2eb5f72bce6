package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The type of a column or a bind variable, as result metadata spell it. */
sealed interface WireType {
  /** A type without parameters, by its CQL name. */
  record Simple(String name) implements WireType {
    @Override
    public String toString() {
      return name;
    }
  }

  record ListOf(WireType element) implements WireType {
    @Override
    public String toString() {
      return "list<" + element + ">";
    }
  }

  record SetOf(WireType element) implements WireType {
    @Override
    public String toString() {
      return "set<" + element + ">";
    }
  }

  record MapOf(WireType key, WireType value) implements WireType {
    @Override
    public String toString() {
      return "map<" + key + ", " + value + ">";
    }
  }

  record Tuple(List<WireType> elements) implements WireType {
    @Override
    public String toString() {
      return "tuple<" + String.join(", ", elements.stream().map(Object::toString).toList()) + ">";
    }
  }

  record Udt(String keyspace, String name, List<String> fields, List<WireType> types)
      implements WireType {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(keyspace + "." + name + "{");
      for (int i = 0; i < fields.size(); i++) {
        text.append(i == 0 ? "" : ", ").append(fields.get(i)).append(' ').append(types.get(i));
      }
      return text.append('}').toString();
    }
  }

  /**
   * A type that the wire names by its Java class.
   *
   * @param className the text of the wire, printed as it is
   * @param meaning how its values are laid out; null when only their bytes can be shown
   */
  record Custom(String className, WireType meaning) implements WireType {
    @Override
    public String toString() {
      return "'" + className + "'";
    }
  }

  /** The layout of a vector; appears only as the meaning of a custom type. */
  record Vector(WireType element, int dimensions) implements WireType {}

  Map<Integer, String> SIMPLE_IDS =
      Map.ofEntries(
          Map.entry(0x01, "ascii"),
          Map.entry(0x02, "bigint"),
          Map.entry(0x03, "blob"),
          Map.entry(0x04, "boolean"),
          Map.entry(0x05, "counter"),
          Map.entry(0x06, "decimal"),
          Map.entry(0x07, "double"),
          Map.entry(0x08, "float"),
          Map.entry(0x09, "int"),
          Map.entry(0x0b, "timestamp"),
          Map.entry(0x0c, "uuid"),
          Map.entry(0x0d, "varchar"),
          Map.entry(0x0e, "varint"),
          Map.entry(0x0f, "timeuuid"),
          Map.entry(0x10, "inet"),
          Map.entry(0x11, "date"),
          Map.entry(0x12, "time"),
          Map.entry(0x13, "smallint"),
          Map.entry(0x14, "tinyint"),
          Map.entry(0x15, "duration"));

  /** Reads an {@code [option]}. */
  static WireType read(WireReader in) {
    int id = in.u16();
    return switch (id) {
      case 0x00 -> {
        String className = in.string();
        yield new Custom(className, TypeText.parseClass(className));
      }
      case 0x20 -> new ListOf(read(in));
      case 0x21 -> new MapOf(read(in), read(in));
      case 0x22 -> new SetOf(read(in));
      case 0x30 -> {
        String keyspace = in.string();
        String name = in.string();
        int count = in.u16();
        List<String> fields = new ArrayList<>();
        List<WireType> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          fields.add(in.string());
          types.add(read(in));
        }
        yield new Udt(keyspace, name, fields, types);
      }
      case 0x31 -> {
        int count = in.u16();
        List<WireType> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          elements.add(read(in));
        }
        yield new Tuple(elements);
      }
      default -> {
        String name = SIMPLE_IDS.get(id);
        if (name == null) {
          throw new IllegalArgumentException("a type of unknown id " + id);
        }
        yield new Simple(name);
      }
    };
  }
}

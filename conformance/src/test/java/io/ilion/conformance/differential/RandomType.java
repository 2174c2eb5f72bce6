package io.ilion.conformance.differential;

import java.util.List;
import java.util.stream.Collectors;

/** A CQL type as the generators know it. */
sealed interface RandomType {

  /** The type as a column of it is declared. */
  String cql();

  /** The same as a part of another type, frozen if it can be. */
  RandomType frozen();

  /** True if single elements or fields of a column of this type can be written. */
  default boolean multiCell() {
    return false;
  }

  /** True if the type is, or has in it, a user-defined one, which only its name can tell. */
  boolean userDefined();

  /** A type without parts. */
  record Scalar(String name) implements RandomType {
    @Override
    public String cql() {
      return name;
    }

    @Override
    public RandomType frozen() {
      return this;
    }

    @Override
    public boolean userDefined() {
      return false;
    }

    boolean number() {
      return NUMBERS.contains(name);
    }
  }

  /** A list, a set or a map; {@code kind} is that word. */
  record Collection(String kind, List<RandomType> parts, boolean isFrozen) implements RandomType {
    @Override
    public String cql() {
      String inner = parts.stream().map(RandomType::cql).collect(Collectors.joining(", "));
      String text = kind + "<" + inner + ">";
      return isFrozen ? "frozen<" + text + ">" : text;
    }

    @Override
    public RandomType frozen() {
      return new Collection(kind, parts, true);
    }

    @Override
    public boolean multiCell() {
      return !isFrozen;
    }

    @Override
    public boolean userDefined() {
      return parts.stream().anyMatch(RandomType::userDefined);
    }

    RandomType last() {
      return parts.getLast();
    }
  }

  /** A tuple. */
  record Tuple(List<RandomType> parts) implements RandomType {
    @Override
    public String cql() {
      return parts.stream().map(RandomType::cql).collect(Collectors.joining(", ", "tuple<", ">"));
    }

    @Override
    public RandomType frozen() {
      return this;
    }

    @Override
    public boolean userDefined() {
      return parts.stream().anyMatch(RandomType::userDefined);
    }
  }

  /** A user-defined type of the keyspace. */
  record Udt(String name, List<String> fields, List<RandomType> types, boolean isFrozen)
      implements RandomType {
    @Override
    public String cql() {
      return isFrozen ? "frozen<" + name + ">" : name;
    }

    @Override
    public RandomType frozen() {
      return new Udt(name, fields, types, true);
    }

    @Override
    public boolean multiCell() {
      return !isFrozen;
    }

    @Override
    public boolean userDefined() {
      return true;
    }
  }

  /** A vector. */
  record Vector(RandomType element, int dimension) implements RandomType {
    @Override
    public String cql() {
      return "vector<" + element.cql() + ", " + dimension + ">";
    }

    @Override
    public RandomType frozen() {
      return this;
    }

    @Override
    public boolean userDefined() {
      return element.userDefined();
    }
  }

  /** The scalar types that are numbers. */
  List<String> NUMBERS =
      List.of("tinyint", "smallint", "int", "bigint", "varint", "decimal", "float", "double");

  /** All scalar types but counter and duration, which cannot stand in keys. */
  List<String> ORDERED =
      List.of(
          "ascii",
          "bigint",
          "blob",
          "boolean",
          "date",
          "decimal",
          "double",
          "float",
          "inet",
          "int",
          "int",
          "smallint",
          "text",
          "text",
          "time",
          "timestamp",
          "timeuuid",
          "tinyint",
          "uuid",
          "varchar",
          "varint");
}

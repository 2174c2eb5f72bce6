package io.ilion.cql.ast;

import java.util.List;
import java.util.stream.Collectors;

/** A CQL type as written, before user types are looked up. */
public sealed interface RawType {

  /**
   * A type with a name of its own.
   *
   * @param name in lower case, such as {@code int}; {@code varchar} stays {@code varchar}
   */
  record Native(String name) implements RawType {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A user-defined type (or an unknown name). */
  record UserType(QualifiedName name) implements RawType {
    @Override
    public String toString() {
      return name.toString();
    }
  }

  /** {@code list<element>}. */
  record ListType(RawType element) implements RawType {
    @Override
    public String toString() {
      return "list<" + element + ">";
    }
  }

  /** {@code set<element>}. */
  record SetType(RawType element) implements RawType {
    @Override
    public String toString() {
      return "set<" + element + ">";
    }
  }

  /** {@code map<key, value>}. */
  record MapType(RawType key, RawType value) implements RawType {
    @Override
    public String toString() {
      return "map<" + key + ", " + value + ">";
    }
  }

  /** {@code tuple<a, b, ...>}. */
  record TupleType(List<RawType> elements) implements RawType {
    @Override
    public String toString() {
      return elements.stream()
          .map(RawType::toString)
          .collect(Collectors.joining(", ", "tuple<", ">"));
    }
  }

  /** {@code vector<element, dimensions>}; the dimensions are as written, perhaps not positive. */
  record VectorType(RawType element, int dimensions) implements RawType {
    @Override
    public String toString() {
      return "vector<" + element + ", " + dimensions + ">";
    }
  }

  /** {@code frozen<type>}. */
  record FrozenType(RawType type) implements RawType {
    @Override
    public String toString() {
      return "frozen<" + type + ">";
    }
  }

  /** A type named by the class that implements it in Cassandra, {@code 'class'}. */
  record CustomType(String className) implements RawType {
    @Override
    public String toString() {
      return "'" + className + "'";
    }
  }
}

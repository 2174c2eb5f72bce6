package io.ilion.cql.ast;

import java.util.List;
import java.util.stream.Collectors;

/** A CQL type as written, before user types are looked up. */
public sealed interface RawType {
  /**
   * The same type as Cassandra shows it where it belongs: user types with their keyspace, and all
   * that is frozen by what surrounds it marked so, save tuples, which cannot be anything else.
   */
  default RawType in(String keyspace) {
    return switch (this) {
      case UserType t when !t.name.hasKeyspace() ->
          new UserType(new QualifiedName(keyspace, t.name.name(), t.name.position()));
      case ListType t -> new ListType(t.element.in(keyspace));
      case SetType t -> new SetType(t.element.in(keyspace));
      case MapType t -> new MapType(t.key.in(keyspace), t.value.in(keyspace));
      case TupleType t ->
          new TupleType(t.elements.stream().map(e -> e.in(keyspace).frozen()).toList());
      case VectorType t -> new VectorType(t.element.in(keyspace), t.dimensions);
      case FrozenType t -> t.type.in(keyspace).frozen();
      case UserType t -> t;
      case Native t -> t;
      case CustomType t -> t;
    };
  }

  private RawType frozen() {
    return switch (this) {
      case UserType t -> new FrozenType(t);
      case ListType t -> new FrozenType(new ListType(t.element.frozen()));
      case SetType t -> new FrozenType(new SetType(t.element.frozen()));
      case MapType t -> new FrozenType(new MapType(t.key.frozen(), t.value.frozen()));
      case TupleType t -> t;
      case VectorType t -> t;
      case FrozenType t -> t;
      case Native t -> t;
      case CustomType t -> t;
    };
  }

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

package io.ilion.cql.schema;

import io.ilion.cql.ast.RawType;
import io.ilion.model.CqlException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CustomType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.TypeParser;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Turns the types that statements name into types, with the user types of one keyspace. */
public final class TypeResolver {
  /** Classes of Cassandra's that have no name in CQL: the keys of old tables, and its own. */
  private static final Set<String> UNSUPPORTED =
      Set.of("CompositeType", "DynamicCompositeType", "LexicalUUIDType", "PartitionerDefinedOrder");

  private final String keyspace;
  private final KeyspaceDefinition definition;

  /** Resolves within a keyspace; both may be null, and then no user type is known. */
  public TypeResolver(String keyspace, KeyspaceDefinition definition) {
    this.keyspace = keyspace;
    this.definition = definition;
  }

  /**
   * The type of a name.
   *
   * @throws CqlException INVALID for an unknown user type or a type that cannot be
   */
  public CqlType resolve(RawType raw) {
    return resolve(raw, false);
  }

  private CqlType resolve(RawType raw, boolean frozen) {
    return switch (raw) {
      case RawType.Native t -> nativeType(t.name());
      case RawType.FrozenType t -> freeze(t);
      case RawType.ListType t -> {
        CqlType element = component(t.element(), t, frozen);
        yield maybeFrozen(new ListType(element, true), frozen);
      }
      case RawType.SetType t -> {
        CqlType element = component(t.element(), t, frozen);
        if (element.referencesDuration()) {
          throw CqlException.invalid("Durations are not allowed inside sets: %s", t);
        }
        yield maybeFrozen(new SetType(element, true), frozen);
      }
      case RawType.MapType t -> {
        CqlType key = component(t.key(), t, frozen);
        if (key.referencesDuration()) {
          throw CqlException.invalid("Durations are not allowed as map keys: %s", t);
        }
        CqlType value = component(t.value(), t, frozen);
        yield maybeFrozen(new MapType(key, value, true), frozen);
      }
      case RawType.TupleType t -> {
        List<CqlType> elements = new ArrayList<>();
        for (RawType element : t.elements()) {
          CqlType type = resolve(element, true).freeze();
          if (type.isCounter()) {
            throw CqlException.invalid("Counters are not allowed inside tuples");
          }
          elements.add(type);
        }
        yield new TupleType(elements);
      }
      case RawType.VectorType t -> {
        CqlType element = resolve(t.element(), true).freeze();
        if (element.isCounter()) {
          throw CqlException.invalid("Counters are not allowed inside vectors");
        }
        yield new VectorType(element, t.dimensions());
      }
      case RawType.UserType t -> userType(t);
      case RawType.CustomType t -> ofClass(t.className());
    };
  }

  private static CqlType ofClass(String className) {
    if (className.isEmpty()) {
      return NativeType.BLOB;
    }
    CqlType type = TypeParser.parseClassName(className);
    refuseUnknown(className, type);
    return type;
  }

  private static void refuseUnknown(String written, CqlType type) {
    if (type instanceof CustomType) {
      String name = type.className().replaceFirst("\\(.*", "");
      String whole = name.contains(".") ? name : NativeType.MARSHAL + name;
      if (UNSUPPORTED.stream().anyMatch(each -> whole.equals(NativeType.MARSHAL + each))) {
        throw CqlException.invalid("Types of the class %s are not supported", whole);
      }
      throw CqlException.syntax(
          "Error setting type %s: Unable to find abstract-type class '%s'", written, whole);
    }
    type.componentTypes().forEach(component -> refuseUnknown(written, component));
  }

  private CqlType freeze(RawType.FrozenType raw) {
    if (raw.type() instanceof RawType.Native) {
      throw CqlException.invalid(
          "frozen<> is only allowed on collections, tuples, and user-defined types (got %s)",
          raw.type());
    }
    return resolve(raw.type(), true).freeze();
  }

  private static CqlType maybeFrozen(CqlType type, boolean frozen) {
    return frozen ? type.freeze() : type;
  }

  /** What is in a frozen collection is frozen too; in another one it must be said. */
  private CqlType component(RawType raw, RawType whole, boolean frozen) {
    CqlType type = resolve(raw, frozen);
    if (type.isCounter()) {
      throw CqlException.invalid("Counters are not allowed inside collections: %s", whole);
    }
    if (!frozen && type.isMultiCell() && !(raw instanceof RawType.FrozenType)) {
      if (type.isUdt()) {
        throw CqlException.invalid("Non-frozen UDTs are not allowed inside collections: %s", whole);
      }
      throw CqlException.invalid(
          "Non-frozen collections are not allowed inside collections: %s", whole);
    }
    return type.freeze();
  }

  private CqlType userType(RawType.UserType raw) {
    if (raw.name().hasKeyspace() && !raw.name().keyspace().equals(keyspace)) {
      throw CqlException.invalid(
          "Statement on keyspace %s cannot refer to a user type in keyspace %s; user types can only"
              + " be used in the keyspace they are defined in",
          keyspace, raw.name().keyspace());
    }
    UserType type = definition == null ? null : definition.types().get(raw.name().name());
    if (type == null) {
      throw CqlException.invalid(
          "Unknown type %s",
          keyspace == null ? raw.name().name() : keyspace + "." + raw.name().name());
    }
    return type.asMultiCell();
  }

  private static CqlType nativeType(String name) {
    CqlType type = NativeType.byName(name);
    if (type == null) {
      throw CqlException.syntax("unknown type %s", name);
    }
    return type;
  }

  /** A frozen list. */
  public CqlType listOf(CqlType element) {
    return new ListType(element, false);
  }

  /** A frozen set. */
  public CqlType setOf(CqlType element) {
    return new SetType(element, false);
  }

  /** A frozen map. */
  public CqlType mapOf(CqlType key, CqlType value) {
    return new MapType(key, value, false);
  }

  /** A tuple. */
  public CqlType tupleOf(List<CqlType> elements) {
    return new TupleType(elements);
  }
}

package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.UserType;
import java.util.ArrayList;
import java.util.List;

/** Terms that reach into a value: a field, an element, a slice, or what its cells know. */
final class AccessTerms {
  private AccessTerms() {}

  static PreparedTerm field(PreparedTerm value, Term.FieldAccess access) {
    if (!(value.type() instanceof UserType type)) {
      throw CqlException.invalid(
          "Invalid field selection: %s of type %s is not a user type",
          TermText.of(access.term()), value.type().cqlName());
    }
    int index = type.fieldNames().indexOf(access.field().name());
    if (index < 0) {
      throw CqlException.invalid(
          "%s of type %s has no field %s",
          TermText.of(access.term()), type.cqlName(), access.field().name());
    }
    return new FieldTerm(type.componentTypes().get(index), value, index);
  }

  static PreparedTerm element(
      TermPreparer preparer,
      PreparedTerm value,
      Term.ElementAccess access,
      String keyspace,
      String table) {
    CqlType type = value.type();
    if (type.kind() == Kind.LIST) {
      throw CqlException.invalid(
          "Element selection is only allowed on sets and maps, but %s is a list",
          TermText.of(access.term()));
    }
    if (type.kind() != Kind.MAP && type.kind() != Kind.SET) {
      throw CqlException.invalid(
          "Invalid element selection: %s is of type %s is not a collection",
          TermText.of(access.term()), type.cqlName());
    }
    CqlType keyType = type.componentTypes().get(0);
    String part = type.kind() == Kind.MAP ? "key" : "value";
    PreparedTerm key =
        preparer.prepare(
            access.key(),
            new Receiver(keyspace, table, part + "(" + TermText.of(access.term()) + ")", keyType));
    CqlType result = type.kind() == Kind.MAP ? type.componentTypes().get(1) : keyType;
    return new ElementTerm(result, value, key);
  }

  static PreparedTerm slice(
      TermPreparer preparer,
      PreparedTerm value,
      Term.SliceAccess access,
      String keyspace,
      String table) {
    CqlType type = value.type();
    if (type.kind() != Kind.MAP && type.kind() != Kind.SET) {
      throw CqlException.invalid(
          "Invalid slice selection: %s of type %s is not a collection",
          TermText.of(access.term()), type.cqlName());
    }
    CqlType keyType = type.componentTypes().get(0);
    String part = type.kind() == Kind.MAP ? "key" : "value";
    Receiver receiver =
        new Receiver(keyspace, table, part + "(" + TermText.of(access.term()) + ")", keyType);
    return new SliceTerm(
        type.freeze(),
        value,
        access.from() == null ? null : preparer.prepare(access.from(), receiver),
        access.to() == null ? null : preparer.prepare(access.to(), receiver));
  }

  static PreparedTerm attribute(TermPreparer preparer, Term.CellAttribute attribute) {
    Evaluation.Attribute kind = Evaluation.Attribute.valueOf(attribute.kind().name());
    String function = attribute.kind().name().toLowerCase(java.util.Locale.ROOT);
    Term target = attribute.column();
    Term inner =
        switch (target) {
          case Term.ElementAccess t -> t.term();
          case Term.FieldAccess t -> t.term();
          case Term.SliceAccess t -> t.term();
          default -> target;
        };
    if (!(inner instanceof Term.ColumnRef ref)) {
      throw CqlException.invalid(
          "Cannot use selection function %s on %s", function, TermText.of(target));
    }
    ColumnDefinition column = preparer.column(ref.column());
    if (column.isPrimaryKey()) {
      throw CqlException.invalid(
          "Cannot use selection function %s on PRIMARY KEY part %s", function, column.name());
    }
    boolean many = column.isMultiCell() && kind != Evaluation.Attribute.MAXWRITETIME;
    CqlType single = kind == Evaluation.Attribute.TTL ? NativeType.INT : NativeType.BIGINT;
    PreparedTerm whole = preparer.prepareSelection(target, null);
    PreparedTerm path = null;
    if (whole instanceof ElementTerm element && column.isMultiCell()) {
      path = new PathTerm(element.key);
      many = false;
    } else if (whole instanceof FieldTerm field && column.isMultiCell()) {
      path = new PreparedTerm.Constant(NativeType.BLOB, CellPath.ofField(field.index));
      many = false;
    }
    return new AttributeTerm(
        many ? preparer.types().listOf(single) : single, column.id(), kind, path, many);
  }

  private record FieldTerm(CqlType type, PreparedTerm value, int index) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] tuple = value.evaluate(evaluation);
      if (tuple == null) {
        return null;
      }
      List<byte[]> fields = WireValues.fields(tuple);
      return index < fields.size() ? fields.get(index) : null;
    }
  }

  private record ElementTerm(CqlType type, PreparedTerm value, PreparedTerm key)
      implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] collection = value.evaluate(evaluation);
      byte[] wanted = key.evaluate(evaluation);
      if (collection == null || wanted == null) {
        return null;
      }
      List<byte[]> parts = WireValues.elements(collection);
      boolean map = value.type().kind() == Kind.MAP;
      CqlType keyType = value.type().componentTypes().get(0);
      for (int i = 0; i < parts.size(); i += map ? 2 : 1) {
        if (keyType.compare(parts.get(i), wanted) == 0) {
          return map ? parts.get(i + 1) : parts.get(i);
        }
      }
      return null;
    }
  }

  private record SliceTerm(CqlType type, PreparedTerm value, PreparedTerm from, PreparedTerm to)
      implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] collection = value.evaluate(evaluation);
      if (collection == null) {
        return null;
      }
      byte[] low = from == null ? null : from.evaluate(evaluation);
      byte[] high = to == null ? null : to.evaluate(evaluation);
      List<byte[]> parts = WireValues.elements(collection);
      int step = type.kind() == Kind.MAP ? 2 : 1;
      CqlType keyType = type.componentTypes().get(0);
      List<byte[]> taken = new ArrayList<>();
      for (int i = 0; i < parts.size(); i += step) {
        byte[] key = parts.get(i);
        if ((low == null || keyType.compare(key, low) >= 0)
            && (high == null || keyType.compare(key, high) <= 0)) {
          taken.addAll(parts.subList(i, i + step));
        }
      }
      return taken.isEmpty() ? null : WireValues.collection(taken.size() / step, taken);
    }
  }

  private record PathTerm(PreparedTerm key) implements PreparedTerm {
    @Override
    public CqlType type() {
      return NativeType.BLOB;
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] value = key.evaluate(evaluation);
      return value == null ? null : CellPath.ofKey(key.type(), value);
    }
  }

  private record AttributeTerm(
      CqlType type, int columnId, Evaluation.Attribute attribute, PreparedTerm path, boolean many)
      implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] cell = path == null ? null : path.evaluate(evaluation);
      return path != null && cell == null
          ? null
          : evaluation.row().attribute(columnId, attribute, cell);
    }
  }
}

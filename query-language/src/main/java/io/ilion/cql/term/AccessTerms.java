package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.cql.term.Evaluation.Cells;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

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
        preparer
            .forValues()
            .prepare(
                access.key(),
                new Receiver(
                    keyspace, table, part + "(" + TermText.of(access.term()) + ")", keyType));
    CqlType result = type.kind() == Kind.MAP ? type.componentTypes().get(1) : keyType;
    return new ElementTerm(result, value, key, TermText.of(access.term()));
  }

  /** The type of a slice; that of a list, of which there are none, is refused later. */
  static CqlType sliceType(TermPreparer preparer, Term.SliceAccess access) {
    CqlType type = preparer.prepareSelection(access.term(), null).type();
    return type.isCollection() ? type.freeze() : null;
  }

  /** The type of an element, null for what has none; that of a list is refused later. */
  static CqlType elementType(TermPreparer preparer, Term.ElementAccess access) {
    CqlType type = preparer.prepareSelection(access.term(), null).type();
    if (!type.isCollection()) {
      return null;
    }
    List<CqlType> parts = type.componentTypes();
    return parts.get(parts.size() - 1);
  }

  static PreparedTerm slice(
      TermPreparer preparer,
      PreparedTerm value,
      Term.SliceAccess access,
      String keyspace,
      String table) {
    CqlType type = value.type();
    if (type.kind() == Kind.LIST) {
      throw CqlException.invalid(
          "Slice selection is only allowed on sets and maps, but %s is a list",
          TermText.of(access.term()));
    }
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
        access.from() == null ? null : preparer.forValues().prepare(access.from(), receiver),
        access.to() == null ? null : preparer.forValues().prepare(access.to(), receiver),
        TermText.of(access.term()));
  }

  private static Term columnOf(Term target) {
    return switch (target) {
      case Term.ElementAccess t -> t.term();
      case Term.FieldAccess t -> t.term();
      case Term.SliceAccess t -> t.term();
      default -> target;
    };
  }

  /** The type of what cells know; that of a key's column, which knows nothing, is refused later. */
  static CqlType attributeType(TermPreparer preparer, Term.CellAttribute attribute) {
    if (columnOf(attribute.column()) instanceof Term.ColumnRef ref
        && preparer.column(ref.column()).isPrimaryKey()) {
      return attribute.kind() == Term.CellAttribute.Kind.TTL ? NativeType.INT : NativeType.BIGINT;
    }
    return attribute(preparer, attribute).type();
  }

  static PreparedTerm attribute(TermPreparer preparer, Term.CellAttribute attribute) {
    Evaluation.Attribute kind = Evaluation.Attribute.valueOf(attribute.kind().name());
    String function = attribute.kind().name().toLowerCase(java.util.Locale.ROOT);
    Term target = attribute.column();
    Term inner = columnOf(target);
    if (!(inner instanceof Term.ColumnRef ref)) {
      throw CqlException.invalid(
          "Cannot use selection function %s on %s", function, TermText.of(target));
    }
    ColumnDefinition column = preparer.column(ref.column());
    if (column.isPrimaryKey()) {
      throw CqlException.invalid(
          "Cannot use selection function %s on PRIMARY KEY part %s", function, column.name());
    }
    CqlType single = kind == Evaluation.Attribute.TTL ? NativeType.INT : NativeType.BIGINT;
    PreparedTerm whole = preparer.prepareSelection(target, null);
    Function<Evaluation, Cells> cells = e -> Cells.ALL;
    boolean one = !column.isMultiCell() || kind == Evaluation.Attribute.MAXWRITETIME;
    if (column.isMultiCell()) {
      if (whole instanceof ElementTerm element) {
        one = true;
        cells = e -> oneCell(CellPath.ofKey(element.key.type(), element.wanted(e)));
      } else if (whole instanceof FieldTerm field) {
        one = true;
        Cells ofField = oneCell(CellPath.ofField(field.index));
        cells = e -> ofField;
      } else if (whole instanceof SliceTerm slice) {
        cells = slice::cells;
      }
    }
    PreparedTerm known =
        new AttributeTerm(one ? single : preparer.types().listOf(single), column.id(), kind, cells);
    boolean ofPart = !(target instanceof Term.ColumnRef) && !column.isMultiCell();
    return ofPart ? new PartAttributeTerm(whole, known) : known;
  }

  private static Cells oneCell(byte[] path) {
    return new Cells(path, path, true);
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

  private record ElementTerm(CqlType type, PreparedTerm value, PreparedTerm key, String text)
      implements PreparedTerm {
    byte[] wanted(Evaluation evaluation) {
      byte[] wanted = key.evaluate(evaluation);
      if (wanted == null) {
        throw CqlException.invalid("Invalid null value for element selection on %s", text);
      }
      if (Values.isUnset(wanted)) {
        throw CqlException.invalid("Invalid unset value for element selection on %s", text);
      }
      return wanted;
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] wanted = wanted(evaluation);
      byte[] collection = value.evaluate(evaluation);
      if (collection == null) {
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

  private record SliceTerm(
      CqlType type, PreparedTerm value, PreparedTerm from, PreparedTerm to, String text)
      implements PreparedTerm {
    /** The bound's value; null where there is no bound. */
    private byte[] bound(PreparedTerm term, Evaluation evaluation) {
      if (term == null) {
        return null;
      }
      byte[] bound = term.evaluate(evaluation);
      if (bound == null) {
        throw CqlException.invalid("Invalid null value for slice selection on %s", text);
      }
      return Values.isUnset(bound) ? null : bound;
    }

    Cells cells(Evaluation evaluation) {
      CqlType keys = type.componentTypes().get(0);
      byte[] low = bound(from, evaluation);
      byte[] high = bound(to, evaluation);
      return new Cells(
          low == null ? null : CellPath.ofKey(keys, low),
          high == null ? null : CellPath.ofKey(keys, high),
          false);
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] low = bound(from, evaluation);
      byte[] high = bound(to, evaluation);
      byte[] collection = value.evaluate(evaluation);
      if (collection == null) {
        return null;
      }
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
      boolean none = taken.isEmpty() && value.type().isMultiCell();
      return none ? null : WireValues.collection(taken.size() / step, taken);
    }
  }

  /** What the cell of a frozen value knows, asked of a part of it that may not be there. */
  private record PartAttributeTerm(PreparedTerm part, PreparedTerm known) implements PreparedTerm {
    @Override
    public CqlType type() {
      return known.type();
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] found = part.evaluate(evaluation);
      boolean none =
          found == null || part instanceof SliceTerm && WireValues.elements(found).isEmpty();
      return none ? null : known.evaluate(evaluation);
    }
  }

  private record AttributeTerm(
      CqlType type, int columnId, Evaluation.Attribute attribute, Function<Evaluation, Cells> cells)
      implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return evaluation.row().attribute(columnId, attribute, cells.apply(evaluation));
    }
  }
}

package io.ilion.cql.modify;

import io.ilion.cql.ast.Assignment;
import io.ilion.cql.ast.ColumnDeletion;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Term;
import io.ilion.cql.function.ScalarFunction;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.TermPreparer;
import io.ilion.cql.term.TermText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.UserType;

/**
 * Prepares assignments and deletions: checks them against their columns, with Cassandra's words.
 */
final class Operations {
  private final TermPreparer preparer;
  private final TableDefinition table;

  Operations(TermPreparer preparer, TableDefinition table) {
    this.preparer = preparer;
    this.table = table;
  }

  /** Sets a column as a whole. */
  ColumnOperation set(ColumnDefinition column, Term term) {
    PreparedTerm value = prepare(term, Receiver.of(table, column));
    if (column.type().isCounter()) {
      throw CqlException.invalid(
          "Cannot set the value of counter column %s (counters can only be"
              + " incremented/decremented, not set)",
          column.name());
    }
    return set(column, value);
  }

  /** Sets a column to a value that is prepared. */
  static ColumnOperation set(ColumnDefinition column, PreparedTerm value) {
    if (!column.isMultiCell()) {
      return new SimpleOperations.Set(column, value);
    }
    return column.type().kind() == Kind.UDT
        ? new SimpleOperations.SetFields(column, value)
        : new CollectionOperations.Overwrite(column, add(column, value));
  }

  private static ColumnOperation add(ColumnDefinition column, PreparedTerm value) {
    return switch (column.type().kind()) {
      case LIST -> new CollectionOperations.Append(column, value);
      case SET -> new CollectionOperations.AddElements(column, value);
      default -> new CollectionOperations.PutEntries(column, value);
    };
  }

  /**
   * An assignment of an UPDATE.
   *
   * @param conditional whether the update has conditions, and so may add to what a column holds
   */
  ColumnOperation assignment(ColumnDefinition column, Assignment assignment, boolean conditional) {
    return switch (assignment) {
      case Assignment.SetValue a -> set(column, a.value());
      case Assignment.Add a -> add(column, a.value(), conditional);
      case Assignment.Subtract a -> subtract(column, a.value());
      case Assignment.Prepend a -> prepend(column, a.value());
      case Assignment.SetElement a -> setElement(column, a.key(), a.value());
      case Assignment.SetField a -> setField(column, a.field(), a.value());
    };
  }

  private ColumnOperation add(ColumnDefinition column, Term term, boolean conditional) {
    CqlType type = column.type();
    String text = column.name() + " = " + column.name() + " + " + TermText.ofValue(term);
    if (!type.isCollection()) {
      if (type.isTuple() || type.kind() == Kind.UDT) {
        throw CqlException.invalid(
            "Invalid operation (%s) for tuple column %s", text, column.name());
      }
      if (conditional && !type.isCounter()) {
        ScalarFunction sum = preparer.sumOf(type);
        if (sum == null) {
          throw CqlException.invalid(
              "Invalid operation (%s) for non-numeric and non-text type %s", text, column.name());
        }
        return new SimpleOperations.Extend(column, prepare(term, Receiver.of(table, column)), sum);
      }
      requireCounter(column, text);
      return new SimpleOperations.Count(column, prepare(term, Receiver.of(table, column)), false);
    }
    requireMultiCell(column, "collection", text);
    if (type.kind() != Kind.MAP) {
      return add(column, prepare(term, Receiver.of(table, column)));
    }
    try {
      return add(column, prepare(term, Receiver.of(table, column)));
    } catch (CqlException e) {
      throw CqlException.invalid(
          "Value for a map addition has to be a map, but was: '%s'", TermText.ofValue(term));
    }
  }

  private ColumnOperation subtract(ColumnDefinition column, Term term) {
    CqlType type = column.type();
    String text = column.name() + " = " + column.name() + " - " + TermText.ofValue(term);
    Receiver receiver = Receiver.of(table, column);
    if (!type.isCollection()) {
      requireCounter(column, text);
      return new SimpleOperations.Count(column, prepare(term, receiver), true);
    }
    requireMultiCell(column, "collection", text);
    if (type.kind() == Kind.LIST) {
      return new CollectionOperations.DiscardValues(column, prepare(term, receiver));
    }
    if (type.kind() == Kind.SET) {
      return new CollectionOperations.DiscardKeys(column, prepare(term, receiver));
    }
    CqlType keys = preparer.types().setOf(type.componentTypes().get(0)).asMultiCell();
    try {
      return new CollectionOperations.DiscardKeys(
          column, prepare(term, receiver.with(column.name(), keys)));
    } catch (CqlException e) {
      throw CqlException.invalid(
          "Value for a map substraction has to be a set, but was: '%s'", TermText.ofValue(term));
    }
  }

  private ColumnOperation prepend(ColumnDefinition column, Term term) {
    PreparedTerm value = prepare(term, Receiver.of(table, column));
    String text = column.name() + " = " + TermText.ofValue(term) + " - " + column.name();
    if (column.type().kind() != Kind.LIST) {
      throw CqlException.invalid(
          "Invalid operation (%s) for non list column %s", text, column.name());
    }
    requireMultiCell(column, "list", text);
    return new CollectionOperations.Prepend(column, value);
  }

  private ColumnOperation setElement(ColumnDefinition column, Term key, Term term) {
    CqlType type = column.type();
    String text = column.name() + "[" + TermText.ofValue(key) + "] = " + TermText.ofValue(term);
    if (!type.isCollection()) {
      throw CqlException.invalid(
          "Invalid operation (%s) for non collection column %s", text, column.name());
    }
    requireMultiCell(column, "collection", text);
    if (type.kind() == Kind.SET) {
      throw CqlException.invalid("Invalid operation (%s) for set column %s", text, column.name());
    }
    PreparedTerm preparedKey = prepare(key, Receivers.key(table, column));
    PreparedTerm value = prepare(term, Receivers.value(table, column));
    return type.kind() == Kind.LIST
        ? new CollectionOperations.SetIndex(column, preparedKey, value)
        : new CollectionOperations.PutEntry(column, preparedKey, value);
  }

  private ColumnOperation setField(ColumnDefinition column, Identifier field, Term term) {
    String text = column.name() + "." + field.name() + " = " + TermText.ofValue(term);
    if (!(column.type() instanceof UserType type)) {
      throw CqlException.invalid(
          "Invalid operation (%s) for non-UDT column %s", text, column.name());
    }
    requireMultiCell(column, "UDT", text);
    int index = fieldIndex(column, type, field);
    PreparedTerm value = prepare(term, Receivers.field(table, column, index));
    return new SimpleOperations.SetCell(column, CellPath.ofField(index), value);
  }

  /** What a DELETE names. */
  ColumnOperation deletion(ColumnDefinition column, ColumnDeletion deletion) {
    return switch (deletion) {
      case ColumnDeletion.Whole d -> new SimpleOperations.Delete(column);
      case ColumnDeletion.Element d -> deleteElement(column, d.key());
      case ColumnDeletion.Field d -> deleteField(column, d.field());
    };
  }

  private ColumnOperation deleteElement(ColumnDefinition column, Term key) {
    CqlType type = column.type();
    if (!type.isCollection()) {
      throw CqlException.invalid(
          "Invalid deletion operation for non collection column %s", column.name());
    }
    if (!type.isMultiCell()) {
      throw CqlException.invalid(
          "Invalid deletion operation for frozen collection column %s", column.name());
    }
    PreparedTerm preparedKey = prepare(key, Receivers.key(table, column));
    return type.kind() == Kind.LIST
        ? new CollectionOperations.DeleteIndex(column, preparedKey)
        : new CollectionOperations.DeleteKey(column, preparedKey);
  }

  private static ColumnOperation deleteField(ColumnDefinition column, Identifier field) {
    if (!(column.type() instanceof UserType type)) {
      throw CqlException.invalid(
          "Invalid field deletion operation for non-UDT column %s", column.name());
    }
    if (!type.isMultiCell()) {
      throw CqlException.invalid(
          "Frozen UDT column %s does not support field deletions", column.name());
    }
    return new SimpleOperations.DeleteCell(
        column, CellPath.ofField(fieldIndex(column, type, field)));
  }

  private static int fieldIndex(ColumnDefinition column, UserType type, Identifier field) {
    int index = type.fieldNames().indexOf(field.name());
    if (index < 0) {
      throw CqlException.invalid(
          "UDT column %s does not have a field named %s", column.name(), field.name());
    }
    return index;
  }

  private static void requireCounter(ColumnDefinition column, String text) {
    if (!column.type().isCounter()) {
      throw CqlException.invalid(
          "Invalid operation (%s) for non counter column %s", text, column.name());
    }
  }

  private static void requireMultiCell(ColumnDefinition column, String what, String text) {
    if (!column.isMultiCell()) {
      throw CqlException.invalid(
          "Invalid operation (%s) for frozen %s column %s", text, what, column.name());
    }
  }

  private PreparedTerm prepare(Term term, Receiver receiver) {
    if (term instanceof Term.NullLiteral && receiver.type().isCounter()) {
      throw CqlException.invalid("Invalid null value for counter increment/decrement");
    }
    return preparer.prepare(term, receiver);
  }
}

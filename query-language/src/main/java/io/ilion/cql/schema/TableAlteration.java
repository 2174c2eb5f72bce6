package io.ilion.cql.schema;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.ast.SchemaStatement.TableChange;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.ColumnDefinition.Kind;
import io.ilion.model.schema.DroppedColumn;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.List;

/** Makes the definition of a table after ALTER TABLE. */
final class TableAlteration {
  private final KeyspaceDefinition keyspace;
  private final TableDefinition table;
  private final long nowMicros;

  TableAlteration(KeyspaceDefinition keyspace, TableDefinition table, long nowMicros) {
    this.keyspace = keyspace;
    this.table = table;
    this.nowMicros = nowMicros;
  }

  TableDefinition apply(TableChange change) {
    return switch (change) {
      case TableChange.AlterType c ->
          throw CqlException.invalid("Altering column types is no longer supported");
      case TableChange.AlterMask c ->
          throw CqlException.invalid("Dynamic data masking is not supported yet");
      case TableChange.AddColumns c -> add(c);
      case TableChange.DropColumns c -> drop(c);
      case TableChange.RenameColumns c -> rename(c);
      case TableChange.DropCompactStorage c ->
          throw CqlException.invalid(
              "Cannot DROP COMPACT STORAGE on table without COMPACT STORAGE");
      case TableChange.SetProperties c -> setProperties(c);
    };
  }

  private TableDefinition add(TableChange.AddColumns change) {
    TypeResolver resolver = new TypeResolver(keyspace.name(), keyspace);
    List<ColumnDefinition> columns = new ArrayList<>(table.columns());
    int next = table.nextColumnId();
    for (SchemaStatement.ColumnDefinition added : change.columns()) {
      String name = added.name().name();
      boolean exists = columns.stream().anyMatch(c -> c.name().equals(name));
      if (exists) {
        if (change.ifColumnNotExists()) {
          continue;
        }
        throw CqlException.invalid("Column with name '%s' already exists", name);
      }
      CqlType type = resolver.resolve(added.type());
      checkAddition(added, name, type);
      columns.add(
          new ColumnDefinition(
              next++, name, added.isStatic() ? Kind.STATIC : Kind.REGULAR, -1, type, false));
    }
    return columns.size() == table.columns().size()
        ? table
        : table.withColumns(columns, table.droppedColumns(), next);
  }

  private void checkAddition(SchemaStatement.ColumnDefinition added, String name, CqlType type) {
    if (added.isStatic() && table.clustering().isEmpty()) {
      throw CqlException.invalid(
          "Static columns are only useful (and thus allowed) if the table has at least one"
              + " clustering column");
    }
    TableBuilder.checkValueType(type, " for column " + name);
    for (DroppedColumn dropped : table.droppedColumns()) {
      ColumnDefinition old = dropped.column();
      if (!old.name().equals(name)) {
        continue;
      }
      // Cassandra still has the old values, and would read them with the new type.
      if (!type.isValueCompatibleWith(old.type())
          || type.fixedLength() != old.type().fixedLength()) {
        throw CqlException.invalid(
            "Cannot add a column '%s' of type %s, incompatible with previously dropped column '%s'"
                + " of type %s",
            name, type.cqlName(), name, old.type().cqlName());
      }
      if (old.isStatic() != added.isStatic()) {
        throw CqlException.invalid(
            "Cannot re-add previously dropped column '%s' of kind %s, incompatible with previous"
                + " kind %s",
            name, added.isStatic() ? Kind.STATIC : Kind.REGULAR, old.kind());
      }
      if (table.isCounter()) {
        throw CqlException.invalid("Cannot re-add previously dropped counter column %s", name);
      }
    }
    if (table.isCounter() && !type.isCounter()) {
      throw CqlException.config(
          "%s.%s: Cannot have a non counter column (\"%s\") in a counter table",
          table.keyspace(), table.name(), name);
    }
    if (!table.isCounter() && type.isCounter()) {
      throw CqlException.config(
          "%s.%s: Cannot have a counter column (\"%s\") in a non counter table",
          table.keyspace(), table.name(), name);
    }
  }

  private TableDefinition drop(TableChange.DropColumns change) {
    List<ColumnDefinition> columns = new ArrayList<>(table.columns());
    List<DroppedColumn> dropped = new ArrayList<>(table.droppedColumns());
    for (Identifier name : change.columns()) {
      ColumnDefinition column = table.column(name.name());
      if (column == null || !columns.contains(column)) {
        if (change.ifColumnExists()) {
          continue;
        }
        throw CqlException.invalid(
            "Column %s was not found in table '%s.%s'",
            name.name(), table.keyspace(), table.name());
      }
      if (column.isPrimaryKey()) {
        throw CqlException.invalid("Cannot drop PRIMARY KEY column %s", name.name());
      }
      if (column.type().isUdt() && column.type().isMultiCell()) {
        throw CqlException.invalid(
            "Cannot drop non-frozen column %s of user type %s",
            name.name(), column.type().cqlName());
      }
      columns.remove(column);
      dropped.removeIf(d -> d.column().name().equals(column.name()));
      dropped.add(
          new DroppedColumn(column, change.timestamp() == null ? nowMicros : change.timestamp()));
    }
    return columns.size() == table.columns().size()
        ? table
        : table.withColumns(columns, dropped, table.nextColumnId());
  }

  private TableDefinition rename(TableChange.RenameColumns change) {
    List<ColumnDefinition> columns = new ArrayList<>(table.columns());
    for (SchemaStatement.Rename rename : change.renames()) {
      String from = rename.from().name();
      String to = rename.to().name();
      // Each is about the table as it was before the statement.
      ColumnDefinition column = table.column(from);
      if (column == null) {
        // With IF EXISTS too, as in Cassandra.
        throw CqlException.invalid(
            "Undefined column name %s in table %s.%s", from, table.keyspace(), table.name());
      }
      if (!column.isPrimaryKey()) {
        throw CqlException.invalid("Cannot rename non PRIMARY KEY column %s", from);
      }
      if (table.column(to) != null || columns.stream().anyMatch(c -> c.name().equals(to))) {
        throw CqlException.invalid(
            "Cannot rename column %s to %s in table '%s.%s'; another column with that name already"
                + " exists",
            from, to, table.keyspace(), table.name());
      }
      columns.replaceAll(c -> c.name().equals(from) ? c.withName(to) : c);
    }
    return columns.equals(table.columns())
        ? table
        : table.withColumns(columns, table.droppedColumns(), table.nextColumnId());
  }

  private TableDefinition setProperties(TableChange.SetProperties change) {
    if (change.properties().containsKey("id")) {
      throw CqlException.config("Cannot alter table id.");
    }
    TableProperties options = SchemaTransformer.options(change.properties(), table.properties());
    if (table.isCounter() && options.defaultTimeToLive() > 0) {
      throw CqlException.invalid("Cannot set default_time_to_live on a table with counters");
    }
    return options.equals(table.properties()) ? table : table.withProperties(options);
  }
}

package io.ilion.cql.ast;

import java.util.List;
import java.util.Map;

/** A statement that changes the schema. Properties keep the order of the statement. */
public sealed interface SchemaStatement extends Statement {

  /** CREATE KEYSPACE. */
  record CreateKeyspace(String keyspace, Map<String, PropertyValue> properties, boolean ifNotExists)
      implements SchemaStatement {}

  /** ALTER KEYSPACE. */
  record AlterKeyspace(String keyspace, Map<String, PropertyValue> properties, boolean ifExists)
      implements SchemaStatement {}

  /** DROP KEYSPACE. */
  record DropKeyspace(String keyspace, boolean ifExists) implements SchemaStatement {}

  /**
   * A column in CREATE TABLE or ALTER TABLE ADD.
   *
   * @param mask the mask, or null
   */
  record ColumnDefinition(Identifier name, RawType type, boolean isStatic, Mask mask) {}

  /**
   * {@code MASKED WITH function(arguments)}.
   *
   * @param function {@code mask_default} for MASKED WITH DEFAULT
   */
  record Mask(FunctionName function, List<Term> arguments) {}

  /**
   * A primary key.
   *
   * @param partitionKey its first part, one column or several
   */
  record PrimaryKey(List<Identifier> partitionKey, List<Identifier> clustering) {}

  /** One part of CLUSTERING ORDER BY. */
  record ClusteringOrder(Identifier column, boolean descending) {}

  /**
   * CREATE TABLE.
   *
   * @param primaryKeys every primary key that the text declares: none or several are errors
   * @param compactStorage whether COMPACT STORAGE was asked for
   */
  record CreateTable(
      QualifiedName table,
      List<ColumnDefinition> columns,
      List<PrimaryKey> primaryKeys,
      List<ClusteringOrder> clusteringOrder,
      boolean compactStorage,
      Map<String, PropertyValue> properties,
      boolean ifNotExists)
      implements SchemaStatement {}

  /** ALTER TABLE. */
  record AlterTable(QualifiedName table, TableChange change, boolean ifExists)
      implements SchemaStatement {}

  /** What an ALTER TABLE does. */
  sealed interface TableChange {
    /** ALTER column TYPE type. */
    record AlterType(Identifier column, RawType type) implements TableChange {}

    /** ALTER column MASKED WITH mask, or DROP MASKED if the mask is null. */
    record AlterMask(Identifier column, Mask mask, boolean ifColumnExists) implements TableChange {}

    /** ADD columns. */
    record AddColumns(List<ColumnDefinition> columns, boolean ifColumnNotExists)
        implements TableChange {}

    /**
     * DROP columns.
     *
     * @param timestamp USING TIMESTAMP in microseconds, or null
     */
    record DropColumns(List<Identifier> columns, boolean ifColumnExists, Long timestamp)
        implements TableChange {}

    /** RENAME columns. */
    record RenameColumns(List<Rename> renames, boolean ifColumnExists) implements TableChange {}

    /** DROP COMPACT STORAGE. */
    record DropCompactStorage() implements TableChange {}

    /** WITH properties. */
    record SetProperties(Map<String, PropertyValue> properties) implements TableChange {}
  }

  /** {@code from TO to}. */
  record Rename(Identifier from, Identifier to) {}

  /** DROP TABLE. */
  record DropTable(QualifiedName table, boolean ifExists) implements SchemaStatement {}

  /** A field in CREATE TYPE. */
  record FieldDefinition(Identifier name, RawType type) {}

  /** CREATE TYPE. */
  record CreateType(QualifiedName type, List<FieldDefinition> fields, boolean ifNotExists)
      implements SchemaStatement {}

  /** ALTER TYPE. */
  record AlterType(QualifiedName type, TypeChange change, boolean ifExists)
      implements SchemaStatement {}

  /** What an ALTER TYPE does. */
  sealed interface TypeChange {
    /** ALTER field TYPE type. */
    record AlterField(Identifier field, RawType type) implements TypeChange {}

    /** ADD field type. */
    record AddField(FieldDefinition field, boolean ifFieldNotExists) implements TypeChange {}

    /** RENAME fields. */
    record RenameFields(List<Rename> renames, boolean ifFieldExists) implements TypeChange {}
  }

  /** DROP TYPE. */
  record DropType(QualifiedName type, boolean ifExists) implements SchemaStatement {}

  /**
   * CREATE INDEX.
   *
   * @param name the index, or null to have one made up; its keyspace is always null
   * @param className the class or the kind after USING, or null
   */
  record CreateIndex(
      Identifier name,
      QualifiedName table,
      List<IndexTarget> targets,
      boolean custom,
      String className,
      Map<String, PropertyValue> properties,
      boolean ifNotExists)
      implements SchemaStatement {}

  /** What an index is on. */
  record IndexTarget(Kind kind, Identifier column) {
    /** The part of the column. */
    public enum Kind {
      SIMPLE,
      VALUES,
      KEYS,
      ENTRIES,
      FULL
    }
  }

  /** DROP INDEX. */
  record DropIndex(QualifiedName index, boolean ifExists) implements SchemaStatement {}

  /**
   * CREATE MATERIALIZED VIEW.
   *
   * @param selectors the columns; none means {@code *}
   */
  record CreateView(
      QualifiedName view,
      QualifiedName baseTable,
      List<Select.Selector> selectors,
      List<Relation> where,
      PrimaryKey primaryKey,
      List<ClusteringOrder> clusteringOrder,
      Map<String, PropertyValue> properties,
      boolean ifNotExists)
      implements SchemaStatement {}

  /** ALTER MATERIALIZED VIEW. */
  record AlterView(QualifiedName view, Map<String, PropertyValue> properties, boolean ifExists)
      implements SchemaStatement {}

  /** DROP MATERIALIZED VIEW. */
  record DropView(QualifiedName view, boolean ifExists) implements SchemaStatement {}

  /** An argument of a function. */
  record Argument(Identifier name, RawType type) {}

  /**
   * CREATE FUNCTION.
   *
   * @param language in lower case
   */
  record CreateFunction(
      FunctionName function,
      List<Argument> arguments,
      boolean calledOnNullInput,
      RawType returnType,
      String language,
      String body,
      boolean orReplace,
      boolean ifNotExists)
      implements SchemaStatement {}

  /**
   * DROP FUNCTION.
   *
   * @param argumentTypes the types of its arguments, or null if they are not given
   */
  record DropFunction(FunctionName function, List<RawType> argumentTypes, boolean ifExists)
      implements SchemaStatement {}

  /**
   * CREATE AGGREGATE.
   *
   * @param finalFunction the final function, or null
   * @param initialCondition the initial state, or null
   */
  record CreateAggregate(
      FunctionName aggregate,
      List<RawType> argumentTypes,
      String stateFunction,
      RawType stateType,
      String finalFunction,
      Term initialCondition,
      boolean orReplace,
      boolean ifNotExists)
      implements SchemaStatement {}

  /**
   * DROP AGGREGATE.
   *
   * @param argumentTypes the types of its arguments, or null if they are not given
   */
  record DropAggregate(FunctionName aggregate, List<RawType> argumentTypes, boolean ifExists)
      implements SchemaStatement {}

  /** CREATE TRIGGER. */
  record CreateTrigger(Identifier name, QualifiedName table, String className, boolean ifNotExists)
      implements SchemaStatement {}

  /** DROP TRIGGER. */
  record DropTrigger(Identifier name, QualifiedName table, boolean ifExists)
      implements SchemaStatement {}
}

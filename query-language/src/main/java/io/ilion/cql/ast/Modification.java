package io.ilion.cql.ast;

import java.util.List;

/** A statement that writes to one table, alone or in a batch. */
public sealed interface Modification extends Statement {
  /** The table. */
  QualifiedName table();

  /** The USING clause, {@link Using#NONE} if absent. */
  Using using();

  /**
   * INSERT of columns and values. The two lists come from the text as they are: their lengths may
   * differ.
   */
  record Insert(
      QualifiedName table,
      List<Identifier> columns,
      List<Term> values,
      boolean ifNotExists,
      Using using)
      implements Modification {}

  /**
   * INSERT JSON.
   *
   * @param json a string literal or a bind marker
   * @param defaultUnset whether columns that the JSON leaves out stay as they are (DEFAULT UNSET)
   *     instead of becoming null
   */
  record InsertJson(
      QualifiedName table, Term json, boolean defaultUnset, boolean ifNotExists, Using using)
      implements Modification {}

  /**
   * UPDATE.
   *
   * @param conditions the conditions after IF; none with IF EXISTS
   */
  record Update(
      QualifiedName table,
      Using using,
      List<Assignment> assignments,
      List<Relation> where,
      List<Condition> conditions,
      boolean ifExists)
      implements Modification {}

  /**
   * DELETE.
   *
   * @param deletions what to delete; none means whole rows, ranges or partitions
   * @param conditions the conditions after IF; none with IF EXISTS
   */
  record Delete(
      QualifiedName table,
      List<ColumnDeletion> deletions,
      Using using,
      List<Relation> where,
      List<Condition> conditions,
      boolean ifExists)
      implements Modification {}
}

package io.ilion.cql.ast;

import java.util.List;

/**
 * SELECT.
 *
 * @param table the table or view
 * @param json whether each row is answered as one JSON object
 * @param distinct whether DISTINCT was asked for
 * @param selectors what to select; none means {@code *}
 * @param where the predicates
 * @param groupBy the expressions after GROUP BY
 * @param orderBy the orderings
 * @param perPartitionLimit an integer literal or a bind marker, or null
 * @param limit an integer literal or a bind marker, or null
 * @param allowFiltering whether ALLOW FILTERING was given
 */
public record Select(
    QualifiedName table,
    boolean json,
    boolean distinct,
    List<Selector> selectors,
    List<Relation> where,
    List<Term> groupBy,
    List<Ordering> orderBy,
    Term perPartitionLimit,
    Term limit,
    boolean allowFiltering)
    implements Statement {

  /** Whether it selects {@code *}. */
  public boolean isWildcard() {
    return selectors.isEmpty();
  }

  /**
   * A selected expression.
   *
   * @param term the expression
   * @param alias the name after AS, or null
   */
  public record Selector(Term term, Identifier alias) {}

  /**
   * One ordering.
   *
   * @param column the column
   * @param annOf the vector after ANN OF, or null
   * @param descending whether DESC was given
   */
  public record Ordering(Identifier column, Term annOf, boolean descending) {}
}

package io.ilion.cql.select;

import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.term.AggregateCall;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.Values;
import java.util.BitSet;
import java.util.List;

/**
 * A SELECT, ready to be executed any number of times.
 *
 * @param columns what each result row has
 * @param aggregates their calls, by slot; not empty means that rows fold into groups
 * @param grouping the terms whose change begins a new group; without any, all rows are one
 * @param neededColumns the ids of the columns that must be decoded
 * @param readsAttributes whether write times or TTLs are wanted
 * @param reversed whether rows come against clustering order
 * @param sorting the columns that the rows of several partitions are sorted by, or empty
 * @param variables the bind variables
 * @param partitionKeyVariables for each column of the partition key the index of its bind variable;
 *     empty unless all have one
 */
public record SelectPlan(
    TableDefinition table,
    boolean json,
    boolean distinct,
    List<Column> columns,
    List<AggregateCall> aggregates,
    List<PreparedTerm> grouping,
    Restrictions restrictions,
    BitSet neededColumns,
    boolean readsAttributes,
    boolean reversed,
    List<Sort> sorting,
    PreparedTerm perPartitionLimit,
    PreparedTerm limit,
    boolean allowFiltering,
    List<Receiver> variables,
    int[] partitionKeyVariables) {

  /** A column of the result. */
  public record Column(String name, CqlType type, PreparedTerm term) {}

  /** A column that rows are sorted by. */
  public record Sort(int columnId, CqlType type, boolean descending) {}

  /** Whether rows fold into groups (of which there may be only one). */
  public boolean isAggregate() {
    return !aggregates.isEmpty() || !grouping.isEmpty();
  }

  /** The LIMIT of one execution; Integer.MAX_VALUE without one. */
  public int limit(Evaluation evaluation) {
    return limit(limit, evaluation);
  }

  /** The PER PARTITION LIMIT of one execution; Integer.MAX_VALUE without one. */
  public int perPartitionLimit(Evaluation evaluation) {
    return limit(perPartitionLimit, evaluation);
  }

  private static int limit(PreparedTerm term, Evaluation evaluation) {
    byte[] value = term == null ? Values.UNSET : term.evaluate(evaluation);
    if (Values.isUnset(value)) {
      return Integer.MAX_VALUE;
    }
    if (value == null) {
      throw CqlException.invalid("Invalid null value of limit");
    }
    if (value.length != 4) {
      throw CqlException.invalid("Invalid limit value");
    }
    int number = Bytes.getInt(value, 0);
    if (number <= 0) {
      throw CqlException.invalid("LIMIT must be strictly positive");
    }
    return number;
  }
}

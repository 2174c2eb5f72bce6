package io.ilion.server.cql;

import io.ilion.coordinator.read.ReadPlan;
import io.ilion.cql.ast.Describe;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.modify.BatchPlan;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Receiver;
import io.ilion.model.schema.TableDefinition;
import io.ilion.protocol.RowsMetadata;
import java.util.List;

/** A statement planned against one schema: what it takes and gives, and what to do. */
sealed interface PreparedPlan {

  /** The bind variables. */
  default List<Receiver> variables() {
    return List.of();
  }

  /** For each column of the partition key the index of its variable; empty if not all have one. */
  default int[] partitionKeyVariables() {
    return new int[0];
  }

  /** The columns of the result; none for statements that give no rows, or not always the same. */
  default RowsMetadata columns() {
    return RowsMetadata.EMPTY;
  }

  /** A SELECT. */
  record Selecting(ReadPlan read, RowsMetadata columns) implements PreparedPlan {
    SelectPlan plan() {
      return read.select();
    }

    @Override
    public List<Receiver> variables() {
      return plan().variables();
    }

    @Override
    public int[] partitionKeyVariables() {
      return plan().partitionKeyVariables();
    }
  }

  /** EXPLAIN of a SELECT. */
  record Explaining(Selecting selecting, boolean analyze) implements PreparedPlan {
    @Override
    public List<Receiver> variables() {
      return selecting.variables();
    }

    @Override
    public int[] partitionKeyVariables() {
      return selecting.partitionKeyVariables();
    }

    @Override
    public RowsMetadata columns() {
      return ExplainRequests.columns(analyze);
    }
  }

  /** An INSERT, UPDATE or DELETE. */
  record Modifying(ModificationPlan plan, List<Receiver> variables) implements PreparedPlan {
    @Override
    public int[] partitionKeyVariables() {
      return plan.partitionKeyIndexes();
    }
  }

  /** A BATCH in CQL. */
  record Batching(BatchPlan plan, List<Receiver> variables) implements PreparedPlan {
    @Override
    public int[] partitionKeyVariables() {
      boolean oneTable = variables.stream().map(Receiver::table).distinct().count() < 2;
      return oneTable ? plan.partitionKeyIndexes() : new int[0];
    }
  }

  /** USE. */
  record Using(String keyspace) implements PreparedPlan {}

  /** TRUNCATE. */
  record Truncating(TableDefinition table) implements PreparedPlan {}

  /** CREATE, ALTER and DROP. */
  record Defining(SchemaStatement statement) implements PreparedPlan {}

  /** DESCRIBE. */
  record Describing(Describe statement) implements PreparedPlan {}
}

package io.ilion.server.cql;

import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.protocol.QueryParameters;
import java.util.function.Predicate;

/**
 * Refuses consistency levels that make no sense, and of tables that this node alone keeps those
 * that one node cannot give. Where there are others, whoever asks them knows how many are alive.
 */
final class ConsistencyCheck {
  private static final int ALIVE = 1;

  private final String datacenter;
  private final Predicate<TableDefinition> replicated;

  /**
   * Creates it.
   *
   * @param datacenter of this node
   * @param replicated whether other nodes keep a table too
   */
  ConsistencyCheck(String datacenter, Predicate<TableDefinition> replicated) {
    this.datacenter = datacenter;
    this.replicated = replicated;
  }

  void checkRead(TableDefinition table, boolean range, Consistency level, Schema schema) {
    if (level == Consistency.ANY) {
      throw CqlException.invalid("ANY ConsistencyLevel is only supported for writes");
    }
    checkAlive(table, range ? level : ofDecision(level), schema);
  }

  /** The level with which a serial read or a conditional write asks the replicas. */
  private static Consistency ofDecision(Consistency level) {
    return switch (level) {
      case SERIAL -> Consistency.QUORUM;
      case LOCAL_SERIAL -> Consistency.LOCAL_QUORUM;
      default -> level;
    };
  }

  void checkWrite(TableDefinition table, Consistency level, Schema schema) {
    if (isSerial(level)) {
      throw CqlException.invalid(
          table.isCounter()
              ? "Counter operations are inherently non-serializable"
              : "You must use conditional updates for serializable writes");
    }
    if (table.isCounter() && level == Consistency.ANY) {
      throw CqlException.invalid(
          "Consistency level ANY is not yet supported for counter table %s", table.name());
    }
    checkAlive(table, level, schema);
  }

  /** As Cassandra, takes levels that make no sense for a write. */
  void checkBatch(TableDefinition table, Consistency level, Schema schema) {
    checkAlive(table, level, schema);
  }

  void checkDecision(TableDefinition table, QueryParameters parameters, Schema schema) {
    Consistency serial = parameters.serialConsistency();
    if (!isSerial(serial)) {
      throw CqlException.invalid(
          "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL");
    }
    if (isSerial(parameters.consistency())) {
      throw CqlException.invalid(
          "%s is not supported as conditional update commit consistency. Use ANY if you mean"
              + " \"make sure it is accepted but I don't care how many replicas commit it for"
              + " non-SERIAL reads\"",
          parameters.consistency());
    }
    KeyspaceDefinition keyspace = schema.keyspace(table.keyspace());
    if (parameters.consistency() == Consistency.EACH_QUORUM
        && keyspace != null
        && !(strategy(keyspace) instanceof ReplicationStrategy.NetworkTopology)) {
      throw CqlException.invalid(
          "consistency level EACH_QUORUM not compatible with replication strategy (%s)",
          keyspace.replication().get("class"));
    }
    checkAlive(table, ofDecision(serial), schema);
    checkAlive(table, parameters.consistency(), schema);
  }

  private static boolean isSerial(Consistency level) {
    return level == Consistency.SERIAL || level == Consistency.LOCAL_SERIAL;
  }

  private void checkAlive(TableDefinition table, Consistency level, Schema schema) {
    if (level == Consistency.ONE || level == Consistency.LOCAL_ONE) {
      return;
    }
    KeyspaceDefinition keyspace = schema.keyspace(table.keyspace());
    if (keyspace == null || table.isVirtual() || replicated.test(table)) {
      return;
    }
    int required =
        switch (level) {
          case TWO -> 2;
          case THREE -> 3;
          case QUORUM, LOCAL_QUORUM, EACH_QUORUM, SERIAL, LOCAL_SERIAL ->
              replicas(keyspace) / 2 + 1;
          case ALL -> replicas(keyspace);
          default -> 1;
        };
    if (required > ALIVE) {
      if (level == Consistency.EACH_QUORUM
          && strategy(keyspace) instanceof ReplicationStrategy.NetworkTopology) {
        // Cassandra says so, also where one replica is alive.
        throw new UnavailableException(level, " in DC " + datacenter, required, 0);
      }
      throw new UnavailableException(level, "", required, ALIVE);
    }
  }

  private static int replicas(KeyspaceDefinition keyspace) {
    return Math.max(1, strategy(keyspace).replicas());
  }

  private static ReplicationStrategy strategy(KeyspaceDefinition keyspace) {
    return ReplicationStrategy.of(keyspace.replication());
  }
}

package io.ilion.server.cql;

import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.protocol.QueryParameters;

/** Refuses consistency levels that make no sense, or that one node alone cannot give. */
final class ConsistencyCheck {
  private static final int ALIVE = 1;

  void checkRead(TableDefinition table, Consistency level, Schema schema) {
    if (level == Consistency.ANY) {
      throw CqlException.invalid("ANY ConsistencyLevel is only supported for writes");
    }
    if (level == Consistency.SERIAL || level == Consistency.LOCAL_SERIAL) {
      return;
    }
    checkAlive(table, level, schema);
  }

  void checkWrite(
      TableDefinition table, boolean conditional, QueryParameters parameters, Schema schema) {
    Consistency level = parameters.consistency();
    if (level == Consistency.SERIAL || level == Consistency.LOCAL_SERIAL) {
      throw CqlException.invalid("You must use conditional updates for serializable writes");
    }
    if (conditional) {
      Consistency serial = parameters.serialConsistency();
      if (serial != Consistency.SERIAL && serial != Consistency.LOCAL_SERIAL) {
        throw CqlException.invalid(
            "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL");
      }
    }
    if (table.isCounter() && level == Consistency.ANY) {
      throw CqlException.invalid(
          "Counter operations are inherently non-serializable and cannot be ANY");
    }
    checkAlive(table, level, schema);
  }

  private static void checkAlive(TableDefinition table, Consistency level, Schema schema) {
    KeyspaceDefinition keyspace = schema.keyspace(table.keyspace());
    if (keyspace == null || table.isVirtual()) {
      return;
    }
    int required =
        switch (level) {
          case TWO -> 2;
          case THREE -> 3;
          case QUORUM, LOCAL_QUORUM, EACH_QUORUM -> replicas(keyspace) / 2 + 1;
          case ALL -> replicas(keyspace);
          default -> 1;
        };
    if (required > ALIVE) {
      throw new UnavailableException(level, required, ALIVE);
    }
  }

  private static int replicas(KeyspaceDefinition keyspace) {
    return Math.max(1, ReplicationStrategy.of(keyspace.replication()).replicas());
  }
}

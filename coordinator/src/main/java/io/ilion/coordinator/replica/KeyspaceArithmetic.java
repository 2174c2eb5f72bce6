package io.ilion.coordinator.replica;

import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers the arithmetic of each keyspace. Any thread may ask. */
public final class KeyspaceArithmetic {
  private static final int MOST = 10_000;

  private final String localDatacenter;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private record Known(Map<String, String> replication, ReplicaArithmetic arithmetic) {}

  /** Counts as a node of a data centre does. */
  public KeyspaceArithmetic(String localDatacenter) {
    this.localDatacenter = localDatacenter;
  }

  /** The arithmetic of a keyspace as it is defined. */
  @SuppressWarnings("ReferenceEquality")
  public ReplicaArithmetic of(KeyspaceDefinition keyspace) {
    Known found = known.get(keyspace.name());
    if (found != null && found.replication == keyspace.replication()) {
      return found.arithmetic;
    }
    ReplicaArithmetic arithmetic =
        new ReplicaArithmetic(ReplicationStrategy.of(keyspace.replication()), localDatacenter);
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(keyspace.name(), new Known(keyspace.replication(), arithmetic));
    return arithmetic;
  }
}

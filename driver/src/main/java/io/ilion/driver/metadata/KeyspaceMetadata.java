package io.ilion.driver.metadata;

import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.type.UserType;
import java.util.List;
import java.util.Map;

/**
 * A keyspace.
 *
 * @param name its name as it is
 * @param replication the options of its replication, such as class
 * @param durableWrites whether its writes go through the commit log
 * @param virtual whether its tables are views of the server's state
 * @param tables its tables by name
 * @param views its materialized views by name
 * @param userTypes its types by name
 * @param functions its functions
 * @param aggregates its aggregates
 */
public record KeyspaceMetadata(
    String name,
    Map<String, String> replication,
    boolean durableWrites,
    boolean virtual,
    Map<String, TableMetadata> tables,
    Map<String, TableMetadata> views,
    Map<String, UserType> userTypes,
    List<FunctionMetadata> functions,
    List<FunctionMetadata> aggregates) {

  /** A keyspace of which only the replication is known. */
  public KeyspaceMetadata(String name, Map<String, String> replication, boolean durableWrites) {
    this(
        name,
        replication,
        durableWrites,
        false,
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(),
        List.of());
  }

  /** How its replicas are placed, or null when that is not known. */
  public ReplicationStrategy strategy() {
    try {
      return virtual ? null : ReplicationStrategy.of(replication);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}

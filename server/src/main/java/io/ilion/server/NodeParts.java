package io.ilion.server;

import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.cql.LiveTimeouts;
import io.ilion.server.cql.QueryProcessor;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.schema.SchemaChanges;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.system.CounterId;
import io.ilion.server.system.PeerTables;

/**
 * The parts of an assembled node, for what is shown and asked of all of them.
 *
 * @param replicas null of a node that is alone
 * @param repairs null of a node that is alone
 * @param schedule null of a node that is alone
 */
record NodeParts(
    Config config,
    NodeRuntime runtime,
    NodeHost host,
    NodeDisk disk,
    CounterId counterId,
    SchemaStore schemas,
    SchemaChanges changes,
    NodeCluster cluster,
    PeerTables peers,
    NodeReplicas replicas,
    Repairs repairs,
    RepairSchedule schedule,
    QueryProcessor processor,
    RequestMetrics metrics,
    LiveTimeouts timeouts) {}

package io.ilion.server;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.hint.HintOptions;
import io.ilion.coordinator.replica.hint.Hints;
import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.coordinator.write.ReplicatedWrites;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.storage.StorageEngine;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * What a node does for keyspaces that other nodes keep too: as a coordinator it writes to the
 * replicas and keeps hints for those that are down, as a replica it serves those who coordinate. A
 * node that is alone has none of it.
 */
final class NodeReplicas {
  private final Hints hints;
  private final ReplicaWriter writer;
  private final ReplicatedWrites writes;
  private final long timeoutNanos;

  /**
   * Assembles the parts, and has the messenger bring them what other nodes ask.
   *
   * @throws IOException if the hints cannot be read
   */
  NodeReplicas(
      Config config,
      NodeRuntime runtime,
      Scheduler bursts,
      StorageEngine engine,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema)
      throws IOException {
    LaneAccess lanes = new LaneAccess(engine, bursts);
    timeoutNanos = config.get(Settings.WRITE_REQUEST_TIMEOUT).toNanos();
    hints =
        Hints.open(
            config.get(Settings.DATA_DIRECTORY) + "/hints",
            HintOptions.DEFAULT,
            lanes,
            runtime,
            messenger,
            view,
            schema);
    writer = new ReplicaWriter(lanes, messenger, view, schema, runtime.clock(), hints);
    writes = new ReplicatedWrites(writer, view, schema, timeoutNanos);
    new ReplicaMutations(lanes, view, schema).register(messenger);
    new ReadService(engine, bursts).serve(messenger);
  }

  /** Writes of clients. */
  ReplicatedWrites writes() {
    return writes;
  }

  /** Begins to hand over hints; when the node is a member. */
  void start() {
    hints.start(
        (keyspace, token, update, done) ->
            writer.write(
                keyspace, token, update, Consistency.ONE, WriteType.SIMPLE, timeoutNanos, done));
  }
}

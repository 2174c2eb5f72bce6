package io.ilion.coordinator.repair;

import io.ilion.model.schema.Schema;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What repairs need of the rest of a node. Called on lane 0. */
public interface RepairHost {

  /**
   * When the oldest write began that this node may still bring to a replica, in milliseconds:
   * hints, batches that are not complete. Long.MAX_VALUE if there is none, Long.MIN_VALUE if that
   * is not known.
   */
  CompletionStage<Long> oldestPendingWrite();

  /** Makes what was applied to a table safe from a failure of power. */
  CompletionStage<Void> harden(UUID table);

  /** About how many bytes this node has of a table. */
  long bytesOf(UUID table);

  /** By which this node works. */
  Schema schema();
}

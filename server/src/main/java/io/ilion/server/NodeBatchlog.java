package io.ilion.server;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.batch.BatchCompletion;
import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.batch.TableBatchStore;
import io.ilion.coordinator.write.TimeUuids;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.StorageEngine;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batchlog of a node: in {@code system.batches}, replayed at the start and from time to time.
 */
final class NodeBatchlog {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeBatchlog.class);
  private static final long REPLAY_NANOS = 10_000_000_000L;

  /** What an earlier run kept may have waited long, and no other node may have it any more. */
  private static final long FIRST_REPLAY_NANOS = 1_000_000_000L;

  private final Batchlog protocol;
  private final TableBatchStore store;
  private final TimeUuids ids;

  /**
   * The batchlog.
   *
   * @param completion of batches that were left behind; null where this node keeps all itself
   */
  NodeBatchlog(
      StorageEngine engine,
      TableDefinition table,
      Scheduler lanes,
      NodeRuntime runtime,
      TimestampGenerator timestamps,
      BatchCompletion completion) {
    LaneAccess access = new LaneAccess(engine, lanes);
    store = new TableBatchStore(access, table, timestamps::next, runtime.clock());
    ids = new TimeUuids(runtime.clock(), runtime.random().split());
    protocol =
        completion == null
            ? new Batchlog(store, access::apply, ids)
            : new Batchlog(store, access::apply, ids, completion);
    if (completion != null) {
      // What an earlier run kept, for others too.
      protocol.holds();
    }
  }

  Batchlog protocol() {
    return protocol;
  }

  /** Where batches are kept. */
  TableBatchStore store() {
    return store;
  }

  /** Gives the ids of batches. */
  TimeUuids ids() {
    return ids;
  }

  /** Completes the batches that the last run left behind, before anybody can see a half of one. */
  CompletionStage<Void> replay() {
    return protocol
        .replay()
        .handle(
            (completed, failure) -> {
              if (failure != null) {
                LOGGER.error("batches are left behind, and tried again later", failure);
              } else if (completed > 0) {
                LOGGER.info("{} batches that were left behind are complete", completed);
              }
              return null;
            });
  }

  /** Completes the batches that are left behind while the node runs, from time to time. */
  void keepReplaying(Lane lane) {
    replayAfter(FIRST_REPLAY_NANOS, lane);
  }

  private void replayAfter(long nanos, Lane lane) {
    lane.schedule(
        nanos,
        () -> {
          try {
            completeLeftBehind();
          } finally {
            replayAfter(REPLAY_NANOS, lane);
          }
        });
  }

  private void completeLeftBehind() {
    if (protocol.hasLeftBehind()) {
      protocol
          .replay()
          .whenComplete(
              (completed, failure) -> {
                if (failure != null) {
                  LOGGER.warn("batches are left behind: {}", failure.toString());
                }
              });
    }
  }
}

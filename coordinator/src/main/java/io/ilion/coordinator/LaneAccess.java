package io.ilion.coordinator;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.LaneStore;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StoredFiles;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Hands work to the lanes that own what it is about. Safe to call from any lane. */
public final class LaneAccess {
  private final StorageEngine engine;
  private final Scheduler scheduler;

  /** Access to an engine whose lanes are the scheduler's. */
  public LaneAccess(StorageEngine engine, Scheduler scheduler) {
    this.engine = engine;
    this.scheduler = scheduler;
  }

  /** The number of lanes. */
  public int laneCount() {
    return scheduler.laneCount();
  }

  /** The index of the lane that owns a token. */
  public int laneOf(long token) {
    return engine.laneOf(token);
  }

  /** What a lane owns; to be used on that lane only. */
  public LaneStore store(int lane) {
    return engine.lane(lane);
  }

  /** Runs a task on a lane, at once if the caller is there; what it throws goes to the callback. */
  public void run(int index, Runnable task, WriteCallback callback) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            callback.done(e);
          }
        };
    Lane lane = scheduler.lane(index);
    if (lane.isCurrent()) {
      guarded.run();
    } else {
      lane.execute(guarded);
    }
  }

  /** Applies an update on the lane that owns its partition. */
  public void apply(byte[] update, WriteCallback callback) {
    apply(Murmur3.token(new UpdateReader().wrap(update).partitionKey()), update, callback);
  }

  /** Applies an update of the partition of a token on the lane that owns it. */
  public void apply(long token, byte[] update, WriteCallback callback) {
    int lane = laneOf(token);
    run(lane, () -> store(lane).apply(token, update, callback::done), callback);
  }

  /**
   * Applies updates on the lanes that own their partitions, those of one lane in one task.
   *
   * @param tokens of their partition keys
   * @param updates null where there is nothing to write
   * @param each told once for every update
   */
  public void applyAll(long[] tokens, byte[][] updates, WriteCallback each) {
    LaneStore.WriteCallback done = each::done;
    for (int lane = 0; lane < laneCount(); lane++) {
      int owner = lane;
      if (owns(owner, tokens)) {
        Runnable task = () -> applyOwned(owner, tokens, updates, done);
        if (scheduler.lane(owner).isCurrent()) {
          task.run();
        } else {
          scheduler.lane(owner).execute(task);
        }
      }
    }
  }

  private boolean owns(int lane, long[] tokens) {
    for (long token : tokens) {
      if (laneOf(token) == lane) {
        return true;
      }
    }
    return false;
  }

  private void applyOwned(int lane, long[] tokens, byte[][] updates, LaneStore.WriteCallback done) {
    for (int i = 0; i < tokens.length; i++) {
      if (laneOf(tokens[i]) != lane) {
        continue;
      }
      if (updates[i] == null) {
        done.done(null);
        continue;
      }
      try {
        store(lane).apply(tokens[i], updates[i], done);
      } catch (RuntimeException e) {
        done.done(e);
      }
    }
  }

  /** A lane of an index. */
  public Lane lane(int index) {
    return scheduler.lane(index);
  }

  /** Adds rows to a table beside the commit log, as the storage engine has it. */
  public CompletionStage<Long> importRows(UUID table, PartitionCursor source) {
    return engine.importRows(table, source);
  }

  /** What a file of another node has of some ranges, as the storage engine has it. */
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return engine.copied(ranges, pieces);
  }

  /** The files of a table as they are now, as the storage engine has it. */
  public CompletionStage<StoredFiles> storedFiles(UUID table, boolean flush) {
    return engine.storedFiles(table, flush);
  }

  /** Runs a task on a lane when a time has passed. */
  public void schedule(int lane, long nanos, Runnable task) {
    scheduler.lane(lane).schedule(nanos, task);
  }
}

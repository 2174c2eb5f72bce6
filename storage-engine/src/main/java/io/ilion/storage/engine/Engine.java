package io.ilion.storage.engine;

import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.LaneStore;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The storage engine of one node. */
public final class Engine implements StorageEngine {
  private final LaneEngine[] lanes;
  private final Map<UUID, LaneTable[]> tables = new ConcurrentHashMap<>();

  private Engine(NodeRuntime runtime) {
    lanes = new LaneEngine[runtime.scheduler().laneCount()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new LaneEngine(runtime.scheduler().lane(i));
    }
  }

  /**
   * Opens the storage of a node; blocks.
   *
   * @param fatal is told once, on any thread, when the node has to stop because it can no longer
   *     say what is durable
   */
  public static Engine open(EngineConfig config, NodeRuntime runtime, Consumer<Throwable> fatal) {
    return new Engine(runtime);
  }

  @Override
  public LaneStore lane(int index) {
    return lanes[index];
  }

  @Override
  public int laneOf(long token) {
    return laneOf(token, lanes.length);
  }

  /** ScyllaDB's mapping with 12 bits ignored, which its drivers know. */
  static int laneOf(long token, int laneCount) {
    return (int) Math.unsignedMultiplyHigh((token + Long.MIN_VALUE) << 12, laneCount);
  }

  private CompletionStage<Void> onEachLane(Consumer<LaneEngine> action) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    AtomicInteger left = new AtomicInteger(lanes.length);
    for (LaneEngine lane : lanes) {
      lane.lane()
          .execute(
              () -> {
                try {
                  action.accept(lane);
                } catch (Throwable t) {
                  done.completeExceptionally(t);
                }
                if (left.decrementAndGet() == 0) {
                  done.complete(null);
                }
              });
    }
    return done;
  }

  @Override
  public CompletionStage<Void> putTable(TableOptions options) {
    LaneTable[] parts =
        tables.computeIfAbsent(
            options.id(),
            id -> {
              LaneTable[] made = new LaneTable[lanes.length];
              for (int i = 0; i < made.length; i++) {
                made[i] = new LaneTable(options);
              }
              return made;
            });
    return onEachLane(lane -> lane.putTable(options, parts[lane.lane().index()]));
  }

  @Override
  public CompletionStage<Void> dropTable(UUID tableId) {
    tables.remove(tableId);
    return onEachLane(lane -> lane.dropTable(tableId));
  }

  @Override
  public CompletionStage<Void> truncate(UUID tableId) {
    return onEachLane(lane -> lane.truncate(tableId));
  }

  @Override
  public CompletionStage<Void> flush(UUID tableId) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Void> compact(UUID tableId) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Long> snapshot(UUID tableId, String name) {
    return CompletableFuture.completedFuture(0L);
  }

  @Override
  public CompletionStage<Void> clearSnapshot(UUID tableId, String name) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public List<TableStatistics> statistics() {
    List<TableStatistics> all = new ArrayList<>();
    tables.forEach(
        (id, parts) -> {
          long bytes = 0;
          for (LaneTable part : parts) {
            bytes += part.memtableBytes();
          }
          all.add(new TableStatistics(id, bytes, 0, 0, 0, Long.MAX_VALUE, Long.MIN_VALUE));
        });
    return all;
  }

  @Override
  public List<CompactionProgress> compactions() {
    return List.of();
  }

  @Override
  public void close() {}
}

package io.ilion.coordinator.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.write.TimeUuids;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.TableOptions;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TableBatchStoreTest {
  private static final byte[] UPDATE = {1, 2, 3};
  private static final TableDefinition BATCHES =
      new TableDefinition(
          "system",
          "batches",
          new UUID(9, 4),
          List.of(
              column(1, "id", ColumnDefinition.Kind.PARTITION_KEY, NativeType.TIMEUUID),
              column(
                  2,
                  "mutations",
                  ColumnDefinition.Kind.REGULAR,
                  new ListType(NativeType.BLOB, true)),
              column(3, "version", ColumnDefinition.Kind.REGULAR, NativeType.INT)),
          List.of(),
          4,
          TableProperties.DEFAULT,
          false);

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode machine = world.addNode();
  private TimeUuids ids;
  private TableBatchStore store;

  private static ColumnDefinition column(
      int id, String name, ColumnDefinition.Kind kind, CqlType type) {
    boolean key = kind == ColumnDefinition.Kind.PARTITION_KEY;
    return new ColumnDefinition(id, name, kind, key ? 0 : -1, type, false);
  }

  private void start() throws IOException {
    start(2);
  }

  private void start(int lanes) throws IOException {
    NodeRuntime runtime = machine.start(lanes);
    Engine engine = Engine.open(EngineConfig.of("n", 64 << 20), runtime, failure -> {});
    world.await(
        engine.putTable(new TableOptions(BATCHES.id(), "batches", 0, 0.01, Map.of(), Map.of(), 0)));
    ids = new TimeUuids(runtime.clock(), new SplittableRandom(1));
    store =
        new TableBatchStore(
            new LaneAccess(engine, runtime.scheduler()),
            BATCHES,
            new TimestampGenerator(runtime.clock())::next,
            runtime.clock());
  }

  private void put(UUID id) {
    CompletableFuture<Throwable> done = new CompletableFuture<>();
    store.put(new BatchStore.Entry(id, List.of(UPDATE)), done::complete);
    assertThat(world.await(done)).isNull();
  }

  private void remove(UUID id) {
    CompletableFuture<Throwable> done = new CompletableFuture<>();
    store.remove(id, done::complete);
    assertThat(world.await(done)).isNull();
  }

  private List<UUID> kept() {
    CompletableFuture<List<BatchStore.Entry>> found = new CompletableFuture<>();
    store.list(null, (entries, failure) -> found.complete(entries));
    return world.await(found).stream().map(BatchStore.Entry::id).toList();
  }

  @Test
  void whatIsRemovedStaysAwayThoughTheClockWentBack() throws IOException {
    start();
    UUID removed = ids.get();
    UUID stays = ids.get();
    put(removed);
    put(stays);
    machine.crash();
    machine.clock().jump(-3_600_000_000L);
    start();
    assertThat(kept()).containsExactlyInAnyOrder(removed, stays);
    remove(removed);
    assertThat(kept()).containsExactly(stays);
    // The network may bring it once more.
    put(removed);
    assertThat(kept()).containsExactly(stays);
  }

  /** A batch of which a half is written must be there after a crash: so nobody may begin on it. */
  @Test
  void whatIsNotOnDiskIsNotGivenToWhoCompletesIt() throws IOException {
    start();
    UUID onDisk = ids.get();
    put(onDisk);
    machine.files().setFull(true);
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    store.put(new BatchStore.Entry(ids.get(), List.of(new byte[4 << 20])), refused::complete);
    assertThat(world.await(refused)).isInstanceOf(DiskFullException.class);
    assertThat(listingFails()).isInstanceOf(DiskFullException.class);
    machine.files().setFull(false);
    for (int tries = 0; listingFails() != null; tries++) {
      assertThat(tries).isLessThan(100);
      world.run(1_000_000_000L);
    }
    List<UUID> found = kept();
    assertThat(found).contains(onDisk);
    machine.crash();
    start();
    assertThat(kept()).containsExactlyInAnyOrderElementsOf(found);
  }

  private Throwable listingFails() {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    store.list(null, (entries, failure) -> told.complete(failure));
    return world.await(told);
  }

  /**
   * A node that completes a batch looks at all others; they may be many if another node is down.
   */
  @Test
  void aNodeOfOneLaneLooksAtAnyNumberOfBatches() throws IOException {
    start(1);
    int count = 20_000;
    CountDownLatch left = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      store.put(new BatchStore.Entry(ids.get(), List.of(UPDATE)), failure -> left.countDown());
    }
    world.until(() -> left.getCount() == 0);
    Batchlog batchlog =
        new Batchlog(
            store,
            (update, callback) -> callback.done(null),
            ids::get,
            new Batchlog.Completion() {
              @Override
              public boolean isDue(BatchStore.Entry entry) {
                return false;
              }

              @Override
              public void apply(BatchStore.Entry entry, byte[] update, WriteCallback callback) {
                callback.done(null);
              }
            });
    assertThat(world.await(batchlog.replay())).isZero();
    assertThat(world.await(batchlog.oldestMillis())).isLessThan(Long.MAX_VALUE);
  }
}

package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.LaneAccess;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RecentPromisesTest {
  private static final UUID TABLE = new UUID(9, 1);
  private static final long MOST_BYTES = 7 << 20;
  private static final long MILLI = 1_000_000;
  private static final long ROUND = 3_600_000 * MILLI;
  private static final long DAY_MICROS = 86_400_000_000L;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode machine = world.addNode();
  private final SplittableRandom random = new SplittableRandom(1);
  private NodeRuntime runtime;
  private LaneAccess lanes;
  private RecentPromises promises;

  private void start() throws IOException {
    runtime = machine.start(2);
    Engine engine = Engine.open(EngineConfig.of("n", 64 << 20), runtime, failure -> {});
    PaxosTables.put(engine);
    world.run(10 * MILLI);
    lanes = new LaneAccess(engine, runtime.scheduler());
    promises =
        new RecentPromises(
            lanes,
            new PaxosTable(lanes, PaxosTables.PAXOS, runtime.clock()),
            new PromiseHorizon(lanes, PaxosTables.HORIZONS, runtime.clock(), ROUND),
            FinishedAgreements.NONE,
            runtime.clock(),
            ROUND,
            MOST_BYTES);
  }

  private static PaxosKey key(int number) {
    return PaxosKey.of(TABLE, ByteBuffer.allocate(4).putInt(number).array());
  }

  private Ballot ballot(long aheadMicros) {
    return Ballot.draw(runtime.clock().wallMicros() + aheadMicros, false, random);
  }

  private void promise(PaxosKey key, Ballot ballot) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lanes.run(
        lanes.laneOf(key.token()),
        () ->
            promises.read(
                key,
                (state, failure) -> promises.promise(key, ballot, written -> done.complete(null))),
        done::completeExceptionally);
    world.await(done);
  }

  private Ballot promised(PaxosKey key) {
    CompletableFuture<Ballot> done = new CompletableFuture<>();
    lanes.run(
        lanes.laneOf(key.token()),
        () ->
            promises.read(
                key,
                (state, failure) -> {
                  if (failure != null) {
                    done.completeExceptionally(failure);
                  } else {
                    done.complete(state.promised());
                  }
                }),
        done::completeExceptionally);
    return world.await(done);
  }

  @Test
  void theNextRunTakesItThatAllWasPromised() throws IOException {
    start();
    Ballot given = ballot(0);
    promise(key(1), given);
    assertThat(promised(key(1))).isEqualTo(given);
    assertThat(promised(key(2))).isEqualTo(Ballot.NONE);
    machine.crash();
    start();
    assertThat(promised(key(1))).isGreaterThan(given);
    assertThat(promised(key(2))).isGreaterThan(given);
    // Rounds of now need not wait for the clock, or be numbered ahead of it.
    assertThat(ballot(0)).isGreaterThan(promised(key(1)));
    Ballot next = ballot(0);
    promise(key(1), next);
    world.run(1_000 * MILLI);
    machine.crash();
    start();
    assertThat(promised(key(1))).isGreaterThan(next);
  }

  @Test
  void aRoundFarAheadIsPromisedForItsPartitionAlone() throws IOException {
    start();
    Ballot ahead = ballot(60_000_000);
    promise(key(1), ahead);
    machine.crash();
    start();
    assertThat(promised(key(1))).isEqualTo(ahead);
    assertThat(ballot(0)).isGreaterThan(promised(key(2)));
  }

  /** What others began by clocks that are right is promised, and nothing of tomorrow. */
  @Test
  void aClockThatWasAheadMakesNoPromisesOfTomorrow() throws IOException {
    start();
    machine.clock().jump(DAY_MICROS);
    Ballot given = ballot(-DAY_MICROS);
    promise(key(1), given);
    machine.crash();
    machine.clock().jump(-DAY_MICROS);
    start();
    assertThat(promised(key(1))).isGreaterThan(given);
    assertThat(promised(key(2))).isGreaterThan(given).isLessThan(ballot(0));
  }

  @Test
  void whatWasPromisedOfTomorrowCountsForAsLongAsItsRoundsMayLast() throws IOException {
    start();
    machine.clock().jump(DAY_MICROS);
    Ballot given = ballot(0);
    promise(key(1), given);
    machine.crash();
    machine.clock().jump(-DAY_MICROS);
    start();
    assertThat(promised(key(1))).isGreaterThan(given);
    world.run(ROUND / 2);
    assertThat(promised(key(1))).isGreaterThan(given);
    world.run(ROUND);
    assertThat(promised(key(2))).isLessThan(ballot(0));
    Ballot next = ballot(0);
    promise(key(2), next);
    assertThat(promised(key(2))).isEqualTo(next);
  }

  @Test
  void whatWasForgottenOfTomorrowCountsForAsLongAsItsRoundsMayLast() throws IOException {
    start();
    machine.clock().jump(DAY_MICROS);
    Ballot given = ballot(0);
    promise(key(0), given);
    int many = 40_000;
    for (int i = 1; i < many; i++) {
      promise(key(i), ballot(0));
    }
    machine.clock().jump(-DAY_MICROS);
    assertThat(promised(key(0))).isGreaterThanOrEqualTo(given);
    world.run(ROUND / 2);
    assertThat(promised(key(0))).isGreaterThanOrEqualTo(given);
    world.run(ROUND);
    assertThat(promised(key(0))).isGreaterThanOrEqualTo(given);
    world.run(2 * ROUND);
    assertThat(promised(key(0))).isLessThan(ballot(0));
  }

  @Test
  void whatIsForgottenCountsAsPromised() throws IOException {
    start();
    Ballot first = ballot(0);
    promise(key(0), first);
    int many = 40_000;
    for (int i = 1; i < many; i++) {
      promise(key(i), ballot(0));
    }
    Ballot latest = promised(key(many - 1));
    assertThat(promised(key(0))).isGreaterThanOrEqualTo(first).isLessThan(latest);
  }
}

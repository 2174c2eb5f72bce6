package io.ilion.runtime.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A slow disk holds up who waits for it, and nobody else. */
class SlowDiskTest {
  private static final long SLOW = 200_000_000;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode slow = world.addNode();
  private final SimulatedNode other = world.addNode();
  private final NodeRuntime here = slow.start(2);
  private final NodeRuntime there = other.start(1);
  private int made;

  SlowDiskTest() {
    slow.files().setLatency(SLOW, SLOW);
  }

  private static void listen(NodeRuntime node, Consumer<NodeAddress> receiver) {
    node.network()
        .listen(
            new Network.Receiver() {
              @Override
              public int lane(NodeAddress from, byte[] message) {
                return 0;
              }

              @Override
              public void message(NodeAddress from, byte[] message) {
                receiver.accept(from);
              }

              @Override
              public void connected(NodeAddress peer) {}

              @Override
              public void disconnected(NodeAddress peer) {}
            });
  }

  /** One call that takes its time. */
  private void call() {
    try {
      here.files().createDirectories("node" + made++);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void othersMakeRoundTripsMeanwhile() {
    int[] trips = new int[1];
    listen(here, from -> here.network().send(from, new byte[1]));
    listen(
        there,
        from -> {
          trips[0]++;
          there.network().send(from, new byte[1]);
        });
    int[] whenOver = {-1};
    here.scheduler()
        .blockingLane("log")
        .execute(
            () -> {
              here.network().send(other.address(), new byte[1]);
              call();
              here.scheduler().lane(1).execute(() -> whenOver[0] = trips[0]);
            });
    world.until(() -> whenOver[0] >= 0);
    assertThat(trips[0]).isGreaterThan(100);
    assertThat(world.nanos()).isBetween(SLOW, 2 * SLOW);
  }

  @Test
  void whatComesAfterACallComesLaterAndInItsOrder() {
    List<String> seen = new ArrayList<>();
    Lane first = here.scheduler().lane(0);
    Lane second = here.scheduler().lane(1);
    Clock clock = here.clock();
    List<Long> clocks = new ArrayList<>();
    Consumer<String> note =
        what -> {
          seen.add(what);
          clocks.add(clock.nanoTime());
        };
    first.execute(
        () -> {
          note.accept("begin");
          call();
          second.execute(() -> note.accept("given after one call"));
          call();
          note.accept("end");
          for (int i = 0; i < 10; i++) {
            String what = "given after two calls: " + i;
            second.execute(() -> note.accept(what));
          }
        });
    first.execute(() -> note.accept("the lane's next task"));
    world.after(SLOW / 2, () -> second.execute(() -> note.accept("meanwhile")));
    world.after(SLOW / 2, () -> first.execute(() -> note.accept("the lane's last task")));
    // It is awake when the first task hands over.
    for (int i = 1; i < 2 * SLOW / 1_000_000; i++) {
      world.after(i * 1_000_000, () -> second.execute(() -> {}));
    }
    world.run(SLOW / 4);
    assertThat(seen).containsExactly("begin", "end");
    world.run(SLOW / 2);
    assertThat(seen).hasSize(3).endsWith("meanwhile");
    world.run(SLOW);
    assertThat(seen).hasSize(4).endsWith("given after one call");
    world.run(SLOW);
    assertThat(seen.stream().filter(what -> what.startsWith("given after two")))
        .hasSize(10)
        .isSorted();
    assertThat(seen.stream().filter(what -> what.startsWith("the lane's")))
        .containsExactly("the lane's next task", "the lane's last task");
    assertThat(seen).hasSize(16);
    assertThat(clocks).isSorted();
  }

  /** Sends a message behind a call; gives the times at which messages arrive. */
  private List<Long> sendBehindACall() {
    List<Long> arrivals = new ArrayList<>();
    listen(here, from -> {});
    listen(there, from -> arrivals.add(world.nanos()));
    here.scheduler()
        .lane(0)
        .execute(
            () -> {
              call();
              here.network().send(other.address(), new byte[1]);
            });
    return arrivals;
  }

  /**
   * Its network keeps the order of messages: that in which they are sent, not that of the tasks.
   */
  @Test
  void aMessageBehindACallWaitsForIt() {
    List<Long> arrivals = sendBehindACall();
    here.scheduler()
        .lane(1)
        .schedule(SLOW / 2, () -> here.network().send(other.address(), new byte[1]));
    world.run(2 * SLOW);
    assertThat(arrivals).hasSize(2);
    assertThat(arrivals.get(0)).isBetween(SLOW / 2, SLOW * 3 / 4);
    assertThat(arrivals.get(1)).isGreaterThan(SLOW);
  }

  @Test
  void whoEndsDuringACallSaysNothingAfterIt() {
    List<Long> arrivals = sendBehindACall();
    world.after(SLOW / 2, slow::kill);
    world.run(2 * SLOW);
    assertThat(arrivals).isEmpty();
  }
}

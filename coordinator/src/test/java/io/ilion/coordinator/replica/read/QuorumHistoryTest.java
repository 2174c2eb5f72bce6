package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Quorum reads never go back: what a quorum has acknowledged, or one read has shown, every later
 * read shows, while messages are lost, late and repeated, and machines lose their power.
 */
class QuorumHistoryTest {
  private static final byte[] KEY = {7};
  private static final byte[] ROW = {0x20, 1, 0x20, 1};
  private static final long TOKEN = Murmur3.token(KEY);

  @Test
  void quorumReadsNeverGoBack() {
    int reads = 0;
    for (long seed = 0; seed < 40; seed++) {
      reads += new Run(seed).run();
    }
    assertThat(reads).as("reads that succeeded").isGreaterThan(2000);
  }

  /** One history of writes and reads of one value that only grows. */
  private static final class Run {
    private final long seed;
    private final SplittableRandom random;
    private final ReplicaWorld world;
    private final List<Member> nodes;
    private final List<Member> down = new ArrayList<>();
    private long clock = 1000;
    private long least;
    private int reads;

    Run(long seed) {
      this.seed = seed;
      random = new SplittableRandom(seed);
      world = new ReplicaWorld(seed);
      // What is written is seen at once, and on disk only later.
      world.groupWindowNanos = random.nextInt(3) * 10_000_000L;
      for (int i = 0; i < 3; i++) {
        world.add(1 + random.nextInt(2));
      }
      nodes = List.copyOf(world.members);
      world.join(nodes, random);
    }

    int run() {
      for (int i = 0; i < 300; i++) {
        switch (random.nextInt(20)) {
          case 0 -> setFaults();
          case 1 -> crash(nodes.get(random.nextInt(3)));
          case 2 -> {
            if (random.nextInt(4) == 0) {
              nodes.forEach(this::crash);
            }
          }
          case 3, 4, 5 -> restart();
          case 6, 7, 8, 9, 10 -> write();
          default -> read();
        }
        world.world.run(random.nextLong(random.nextInt(4) == 0 ? 100_000_000 : 2_000_000));
      }
      return reads;
    }

    private void setFaults() {
      world.world.network().setFaults(random.nextBoolean() ? LinkFaults.BAD : LinkFaults.NONE);
    }

    private void crash(Member member) {
      if (!down.contains(member)) {
        member.machine.crash();
        down.add(member);
      }
    }

    private void restart() {
      if (!down.isEmpty()) {
        down.remove(random.nextInt(down.size())).start();
      }
    }

    private Member coordinator() {
      List<Member> up = new ArrayList<>(nodes);
      up.removeAll(down);
      return up.isEmpty() ? null : up.get(random.nextInt(up.size()));
    }

    private void write() {
      Member coordinator = coordinator();
      if (coordinator == null) {
        return;
      }
      long value = ++clock;
      UpdateWriter update = new UpdateWriter().begin(ReplicaWorld.TABLE, KEY);
      update.rowWriter().liveness(value);
      byte[] bytes = update.row(ROW).toByteArray();
      int[] acknowledged = new int[1];
      // Some coordinators end before they have sent it to all.
      int copies = random.nextInt(3) == 0 ? 1 : 3;
      int first = random.nextInt(3);
      coordinator
          .runtime
          .scheduler()
          .lane(0)
          .execute(
              () -> {
                for (int i = 0; i < copies; i++) {
                  coordinator.messenger.request(
                      nodes.get((first + i) % 3).info.address(),
                      Verb.MUTATE,
                      TOKEN,
                      bytes,
                      2_000_000_000L,
                      new Messenger.Answer() {
                        @Override
                        public void answered(NodeAddress from, ByteBuffer payload) {
                          if (++acknowledged[0] == 2) {
                            least = Math.max(least, value);
                          }
                        }

                        @Override
                        public void failed(NodeAddress from, FailureReason reason) {}
                      });
                }
              });
    }

    private void read() {
      Member coordinator = coordinator();
      if (coordinator != null) {
        long before = least;
        int number = reads;
        coordinator.read(
            ReadCommand.partition(ReplicaWorld.TABLE, KEY, TOKEN, Slices.ALL, false),
            Consistency.QUORUM,
            100,
            1,
            1,
            new ValueSink(
                value -> {
                  reads++;
                  assertThat(value)
                      .as("seed %d, read begun after %d others", seed, number)
                      .isGreaterThanOrEqualTo(before);
                  least = Math.max(least, value);
                }));
      }
    }
  }

  /** Takes the time of the row's liveness. */
  private static final class ValueSink implements RowSink {
    private final java.util.function.LongConsumer done;
    private long value;

    ValueSink(java.util.function.LongConsumer done) {
      this.done = done;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      value = row.livenessTimestamp();
      return true;
    }

    @Override
    public void finished() {
      done.accept(value);
    }

    @Override
    public void failed(Throwable cause) {
      // A read may fail; then it says nothing.
    }
  }
}

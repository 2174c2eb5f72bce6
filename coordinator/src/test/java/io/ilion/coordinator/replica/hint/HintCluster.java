package io.ilion.coordinator.replica.hint;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Members that write to three replicas, and keep hints for those that are down. */
final class HintCluster {
  /** Hints for ten minutes, in segments of a MiB. */
  static final HintOptions OPTIONS =
      new HintOptions(600 * SECOND, 1 << 20, 32 << 20, SECOND, 8 << 20);

  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.other (k int PRIMARY KEY, v int)");

  final SimulatedCluster cluster;
  private final Map<Member, ReplicaWriter> writers = new HashMap<>();
  private final Map<Member, Hints> hints = new HashMap<>();
  private final HintOptions options;
  private int mostHints;
  private int broken;
  private boolean startsLater;
  private Runnable starting;

  HintCluster(long seed, int size) {
    this(seed, size, OPTIONS, Integer.MAX_VALUE);
  }

  /**
   * Members that run.
   *
   * @param mostHints how many hints a member has room for in a tenth of a second
   */
  HintCluster(long seed, int size, HintOptions options, int mostHints) {
    this.options = options;
    this.mostHints = mostHints;
    cluster = new SimulatedCluster(seed, size, SCHEMA, "dc1").start(this::serve);
  }

  private void serve(Member member) {
    try {
      new ReplicaMutations(member.lanes(), member.view(), member::schema)
          .register(member.messenger());
      Hints own =
          Hints.open(
              "n/hints",
              options,
              member.lanes(),
              member.runtime(),
              new Narrow(member.messenger(), member.runtime().clock()),
              member.view(),
              member::schema);
      ReplicaWriter writer =
          new ReplicaWriter(
              member.lanes(),
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().clock(),
              own);
      starting =
          () ->
              own.start(
                  (keyspace, token, update, writtenMillis, done) ->
                      writer.write(
                          keyspace,
                          token,
                          update,
                          writtenMillis,
                          Consistency.ONE,
                          WriteType.SIMPLE,
                          SECOND,
                          done));
      if (!startsLater) {
        starting.run();
      }
      hints.put(member, own);
      writers.put(member, writer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SimulatedWorld world() {
    return cluster.world();
  }

  Member member(int number) {
    return cluster.member(number);
  }

  /** What a member keeps for others. */
  Hints hints(int number) {
    return hints.get(member(number));
  }

  /** For how many nodes there are hints, added up over all members that run. */
  long allHints() {
    return cluster.members().stream()
        .filter(m -> m.machine().isRunning())
        .mapToLong(m -> hints.get(m).store.nodes().size())
        .sum();
  }

  /** From now on a member has room for so many hints in a tenth of a second. */
  void setMostHints(int most) {
    mostHints = most;
  }

  /** From now on so many hints cannot even be sent, by a fault in the program. */
  void breakHints(int number) {
    broken = number;
  }

  /** A member that starts from now on does not hand hints over before {@link #startHints}. */
  void startHintsLater() {
    startsLater = true;
  }

  /** Has the member that was started last hand hints over. */
  void startHints() {
    starting.run();
  }

  Outcome write(int from, int key, Consistency level) {
    return write(from, "t", key, level);
  }

  Outcome write(int from, String table, int key, Consistency level) {
    return write(from, table, key, Long.MAX_VALUE, level);
  }

  /** Writes what was begun at a time. */
  Outcome write(int from, String table, int key, long writtenMillis, Consistency level) {
    Outcome outcome = new Outcome();
    Member member = member(from);
    member
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                writers
                    .get(member)
                    .write(
                        "ks",
                        SimulatedCluster.token(key),
                        cluster.update(table, key, 1000 + key, key % 100),
                        writtenMillis,
                        level,
                        WriteType.SIMPLE,
                        SECOND,
                        outcome::done));
    return outcome;
  }

  /** Writes keys from 0 at QUORUM, by these members in turn; each is acknowledged. */
  void writeAll(int keys, int... from) {
    for (int key = 0; key < keys; key++) {
      Outcome outcome = write(from[key % from.length], key, Consistency.QUORUM);
      world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
  }

  void kill(int number) {
    member(number).machine().kill();
    cluster.believe(number, false);
    world().run(SECOND / 10);
  }

  void bringBack(int number) {
    member(number).start();
    cluster.believe(number, true);
  }

  /**
   * Has a node begin to join.
   *
   * @param knownTo so many members learn of it, from the first
   * @return its number
   */
  int join(long token, int knownTo) {
    int newcomer = cluster.members().size();
    cluster.join(token).start();
    for (int number = 0; number < knownTo; number++) {
      member(number).learn();
    }
    return newcomer;
  }

  /** A member has these keys. */
  void expect(int number, int keys) {
    for (int key = 0; key < keys; key++) {
      assertThat(member(number).value("t", key)).as("key %d", key).isEqualTo(key % 100);
    }
  }

  /** A member has those of these keys that it replicates. */
  void expectOwned(int number, int keys) {
    for (int key = 0; key < keys; key++) {
      if (cluster.replicas("ks", key).contains(number)) {
        assertThat(member(number).value("t", key)).as("key %d", key).isEqualTo(key % 100);
      }
    }
  }

  /** Whoever is about to be a replica of a key, of so many, has it, and nothing else. */
  void expectWhatIsComing(int newcomer, int keys) {
    Member member = member(newcomer);
    int has = 0;
    for (int key = 0; key < keys; key++) {
      boolean coming =
          member(0)
              .view()
              .replicas(member(0).schema().keyspace("ks"))
              .of(SimulatedCluster.token(key))
              .pending()
              .contains(member.view().self());
      assertThat(member.value("t", key)).as("key %d", key).isEqualTo(coming ? key : null);
      has += coming ? 1 : 0;
    }
    assertThat(has).isPositive();
  }

  /** Refuses the hints that come when there is no room. */
  private final class Narrow extends ForwardingMessenger {
    private final Clock clock;
    private long began;
    private int took;

    Narrow(Messenger messenger, Clock clock) {
      super(messenger);
      this.clock = clock;
    }

    @Override
    public void request(
        NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
      if (broken > 0) {
        broken--;
        throw new IllegalStateException("broken");
      }
      super.request(to, verb, token, payload, timeoutNanos, answer);
    }

    @Override
    public void handle(Verb verb, Handler handler) {
      super.handle(
          verb,
          (from, payload, reply) -> {
            if (clock.nanoTime() - began > SECOND / 10) {
              began = clock.nanoTime();
              took = 0;
            }
            if (took == mostHints) {
              reply.fail(FailureReason.OVERLOADED);
            } else {
              took++;
              handler.handle(from, payload, reply);
            }
          });
    }
  }
}

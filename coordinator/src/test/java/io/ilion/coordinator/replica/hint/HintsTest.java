package io.ilion.coordinator.replica.hint;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.storage.OverloadedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hints for nodes that are down for a while. */
class HintsTest {
  private static final long NOW = Long.MAX_VALUE;

  /** What was deleted since then must not be purged before the hint is where it is to go. */
  @Test
  void aHintOfWhatWasBegunBeforeIsAsOldAsThat() {
    HintCluster test = new HintCluster(9, 4);
    int key = 1;
    List<Integer> replicas = test.cluster.replicas("ks", key);
    int from = replicas.getFirst();
    int down = replicas.getLast();
    test.kill(down);
    long begun = test.member(from).runtime().clock().wallMillis() - 3_600_000;
    Outcome outcome = test.write(from, "t", key, begun, Consistency.QUORUM);
    test.world().until(outcome::isTold);
    assertThat(outcome.succeeded()).isTrue();
    test.world().run(2 * SECOND);
    assertThat(test.world().await(test.hints(from).oldestMillis())).isEqualTo(begun);
  }

  @Test
  void hintsArePausedDroppedAndToldByTheirAge() {
    HintCluster test = new HintCluster(9, 3);
    Hints of = test.hints(0);
    assertThat(test.world().await(of.oldestMillis())).isEqualTo(Long.MAX_VALUE);
    test.kill(2);
    long before = test.member(0).runtime().clock().wallMillis();
    test.writeAll(50, 0);
    test.world().run(10 * SECOND);
    long oldest = test.world().await(of.oldestMillis());
    assertThat(oldest).isBetween(before, before + 1000);
    // A restart forgets nothing of it.
    test.member(0).machine().kill();
    test.member(0).start();
    test.cluster.believe(2, false);
    Hints again = test.hints(0);
    assertThat(test.world().await(again.oldestMillis())).isEqualTo(oldest);
    again.pause(true);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 1)).isNull();
    assertThat(test.world().await(again.oldestMillis())).isEqualTo(oldest);
    test.world().await(again.drop(null));
    assertThat(again.nodes()).isEmpty();
    assertThat(test.world().await(again.oldestMillis())).isEqualTo(Long.MAX_VALUE);
    again.pause(false);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 1)).isNull();
  }

  @Test
  void aNodeThatWasDownGetsWhatItMissed() {
    HintCluster test = new HintCluster(1, 3);
    test.kill(2);
    test.writeAll(200, 0, 1);
    test.bringBack(2);
    assertThat(test.member(2).value("t", 1)).isNull();
    test.world().run(5 * SECOND);
    test.expect(2, 200);
    assertThat(test.allHints()).isZero();
    assertThat(test.member(0).machine().files().paths()).noneMatch(p -> p.endsWith(".hints"));
  }

  @Test
  void aFaultBehindOneHintHoldsUpNoOthers() {
    HintCluster test = new HintCluster(1, 3);
    test.kill(2);
    test.writeAll(200, 0, 1);
    test.breakHints(3);
    test.bringBack(2);
    test.world().run(20 * SECOND);
    test.expect(2, 200);
    assertThat(test.allHints()).isZero();
  }

  /** Sent all again whenever one is refused, they would never be taken. */
  @Test
  void aNodeWithRoomForSomeHintsAtATimeGetsAll() {
    HintCluster test = new HintCluster(2, 3, HintCluster.OPTIONS, 20);
    test.kill(2);
    test.writeAll(100, 0);
    test.bringBack(2);
    test.world().run(10 * SECOND);
    test.expect(2, 100);
    assertThat(test.allHints()).isZero();
  }

  /** Nor all at once and then nothing for long. */
  @Test
  void hintsAreSentNoFasterThanTheyMay() {
    long bytesPerSecond = 1000;
    HintCluster test =
        new HintCluster(
            24, 3, HintCluster.OPTIONS.withBytesPerSecond(bytesPerSecond), Integer.MAX_VALUE);
    test.kill(2);
    test.writeAll(100, 0);
    test.world().run(SECOND);
    long bytes = test.hints(0).bytes(test.member(2).view().self().hostId());
    assertThat(bytes).isGreaterThan(3 * bytesPerSecond);
    long begun = test.world().nanos();
    test.bringBack(2);
    for (int tenth = 1; test.member(2).value("t", 49) == null; tenth++) {
      test.world().run(SECOND / 10);
      long sent = 0;
      while (test.member(2).value("t", (int) sent) != null) {
        sent++;
      }
      assertThat(sent * bytes / 100)
          .as("bytes after %d tenths of a second", tenth)
          .isLessThan(bytesPerSecond * (tenth + 3) / 10);
    }
    // One that comes meanwhile waits until those before it may have been sent.
    test.member(2).machine().kill();
    test.cluster.believe(2, false);
    Outcome later = test.write(0, 100, Consistency.QUORUM);
    test.world().until(later::isTold);
    test.world().run(SECOND / 10);
    test.bringBack(2);
    test.world().until(() -> Integer.valueOf(0).equals(test.member(2).value("t", 100)));
    // What is sent at once may be sent when it begins, and again when that node is back.
    long paced = bytes - 2 * bytesPerSecond / 8;
    assertThat(test.world().nanos() - begun).isGreaterThan(paced * SECOND / bytesPerSecond);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void hintsSurvivePowerLossOfTheirHolder(long seed) {
    HintCluster test = new HintCluster(seed, 3);
    test.kill(2);
    test.writeAll(30, 0);
    test.world().run(SECOND);
    test.write(0, 1000, Consistency.QUORUM);
    test.world().run(new Random(seed).nextInt(1_000_000));
    test.member(0).machine().crash();
    test.member(0).start();
    test.bringBack(2);
    test.world().run(5 * SECOND);
    test.expect(2, 30);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void anyIsAcknowledgedByAHintThatIsOnDisk(long seed) {
    HintCluster test = new HintCluster(seed, 4);
    int key = 0;
    while (test.cluster.replicas("ks", key).contains(0)) {
      key++;
    }
    for (int other = 1; other < 4; other++) {
      test.kill(other);
    }
    Outcome outcome = test.write(0, key, Consistency.ANY);
    test.world().until(outcome::isTold);
    assertThat(outcome).hasToString("done");
    test.member(0).machine().crash();
    test.member(0).start();
    for (int other = 1; other < 4; other++) {
      test.bringBack(other);
    }
    test.world().run(5 * SECOND);
    // One hint was acknowledged; the others were on their way.
    int written = key;
    assertThat(test.cluster.members().stream().map(m -> m.value("t", written)))
        .contains(written % 100);
  }

  /** A file of 30 hints of one length, of which a bit is not what it was. */
  private record DamagedHints(HintSegment.Chunk read, int length) {

    /** Changes the so-manieth byte of one of the hints for the last member. */
    static DamagedHints make(HintCluster test, int hint, IntUnaryOperator at, int bits)
        throws IOException {
      test.kill(2);
      test.writeAll(30, 0);
      test.world().run(SECOND);
      SimulatedFiles files = test.member(0).machine().files();
      String path = files.paths().stream().filter(p -> p.endsWith(".hints")).findFirst().get();
      UUID node = test.member(2).view().self().hostId();
      HintSegment.Chunk whole = HintSegment.read(files, path, node, 0, 1 << 20);
      assertThat(whole.hints()).hasSize(30);
      assertThat(whole.lostBytes()).isZero();
      int length = whole.hints().get(0).bytes();
      int header = files.bytes(path).length - 30 * length;
      files.corrupt(path, header + hint * length + at.applyAsInt(length), bits);
      return new DamagedHints(HintSegment.read(files, path, node, 0, 1 << 20), length);
    }
  }

  @Test
  void aDamagedHintTakesNoOtherWithIt() throws IOException {
    HintCluster test = new HintCluster(22, 3);
    DamagedHints damaged = DamagedHints.make(test, 7, length -> length - 1, 1);
    assertThat(damaged.read().hints()).hasSize(29);
    assertThat(damaged.read().lostBytes()).isEqualTo(damaged.length());
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(IntStream.range(0, 30).filter(key -> test.member(2).value("t", key) == null))
        .containsExactly(7);
    assertThat(test.allHints()).isZero();
  }

  @Test
  void whereTheLengthOfAHintIsDamagedTheRestIsLost() throws IOException {
    DamagedHints damaged = DamagedHints.make(new HintCluster(23, 3), 20, length -> 0, 0x40);
    assertThat(damaged.read().hints()).hasSize(20);
    assertThat(damaged.read().lostBytes()).isEqualTo(10L * damaged.length());
    assertThat(damaged.read().last()).isTrue();
  }

  /** Two segments of the first member for the last, of 30 keys and of another. */
  private static List<String> twoSegments(HintCluster test) {
    test.kill(2);
    test.writeAll(30, 0);
    test.world().run(SECOND);
    test.world().await(test.hints(0).store.turn());
    Outcome later = test.write(0, 50, Consistency.QUORUM);
    test.world().until(later::isTold);
    test.world().run(SECOND);
    List<String> paths = pathsOfHints(test);
    assertThat(paths).hasSize(2);
    return paths;
  }

  private static List<String> pathsOfHints(HintCluster test) {
    return test.member(0).machine().files().paths().stream()
        .filter(path -> path.contains(".hints"))
        .toList();
  }

  @Test
  void aSegmentWithADamagedBeginIsSetAsideAndHoldsBackNoOther() throws IOException {
    HintCluster test = new HintCluster(25, 3);
    String first = twoSegments(test).getFirst();
    SimulatedFiles files = test.member(0).machine().files();
    files.corrupt(first, 3, 1);
    byte[] damaged = files.bytes(first);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 50)).isEqualTo(50);
    assertThat(test.member(2).value("t", 1)).isNull();
    assertThat(test.allHints()).isZero();
    assertThat(pathsOfHints(test)).containsExactly(first + ".unreadable");
    assertThat(files.bytes(first + ".unreadable")).isEqualTo(damaged);

    // Whoever mends it gets its hints delivered, and no later one is set aside over it.
    files.corrupt(first + ".unreadable", 3, 1);
    test.member(0).machine().crash();
    test.member(0).start();
    oneSegmentLater(test, first);
    files.rename(first + ".unreadable", first);
    test.member(0).machine().kill();
    test.member(0).start();
    test.world().run(5 * SECOND);
    test.expect(2, 30);
  }

  private static void oneSegmentLater(HintCluster test, String first) {
    test.kill(2);
    Outcome later = test.write(0, 51, Consistency.QUORUM);
    test.world().until(later::isTold);
    test.world().run(SECOND);
    assertThat(pathsOfHints(test)).contains(first + ".unreadable").doesNotContain(first).hasSize(2);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 51)).isEqualTo(51);
  }

  @Test
  void aSegmentThatCannotBeReadHoldsBackNoOtherForEver() throws IOException {
    HintCluster test = new HintCluster(26, 3);
    test.member(0).machine().files().delete(twoSegments(test).getFirst());
    test.bringBack(2);
    test.world().run(30 * SECOND);
    assertThat(test.member(2).value("t", 50)).isNull();
    test.world().run(60 * SECOND);
    assertThat(test.member(2).value("t", 50)).isEqualTo(50);
    assertThat(test.allHints()).isZero();
  }

  @Test
  void aNodeThatDidNotAnswerGetsItToo() {
    HintCluster test = new HintCluster(21, 3);
    test.cluster
        .world()
        .network()
        .partition(
            Set.of(test.member(2).machine().address()),
            Set.of(test.member(0).machine().address(), test.member(1).machine().address()));
    test.writeAll(20, 0);
    test.world().run(10 * SECOND);
    assertThat(test.member(2).value("t", 1)).isNull();
    test.world().network().heal();
    test.world().run(70 * SECOND);
    test.expect(2, 20);
    assertThat(test.allHints()).isZero();
  }

  @Test
  void aNodeThatCannotFollowTheMetadataGetsItsHintsWhenItCan() {
    HintCluster test = new HintCluster(31, 3);
    test.kill(2);
    test.writeAll(20, 0);
    test.member(2).start();
    test.member(2).cannotLearn = true;
    test.cluster.change(List.of(), 0, 1);
    test.cluster.believe(2, true);
    test.world().run(10 * SECOND);
    assertThat(test.member(2).value("t", 1)).isNull();
    assertThat(test.allHints()).isPositive();
    test.member(2).cannotLearn = false;
    test.world().run(70 * SECOND);
    test.expect(2, 20);
    assertThat(test.allHints()).isZero();
  }

  @Test
  void whatWasTruncatedIsNotBroughtBack() {
    HintCluster test = new HintCluster(51, 3);
    test.kill(2);
    for (int key = 0; key < 10; key++) {
      Outcome one = test.write(0, "t", key, Consistency.QUORUM);
      Outcome two = test.write(0, "other", key, Consistency.QUORUM);
      test.world().until(() -> one.isTold() && two.isTold());
    }
    test.world().run(SECOND);
    test.world().await(test.hints(0).forget(test.cluster.table("t").id()));
    Outcome after = test.write(0, "t", 50, Consistency.QUORUM);
    test.world().until(after::isTold);
    test.world().run(SECOND);
    test.member(0).machine().crash();
    test.member(0).start();
    test.bringBack(2);
    test.world().run(5 * SECOND);
    for (int key = 0; key < 10; key++) {
      assertThat(test.member(2).value("t", key)).isNull();
      assertThat(test.member(2).value("other", key)).isEqualTo(key);
    }
    assertThat(test.member(2).value("t", 50)).isEqualTo(50);
  }

  /** Truncations know of hints by the numbers of their segments. */
  @Test
  void hintsAfterATruncationAndARestartAreDelivered() {
    HintCluster test = new HintCluster(52, 3);
    test.kill(2);
    test.writeAll(10, 0);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    test.world().await(test.hints(0).forget(test.cluster.table("t").id()));
    test.member(0).machine().kill();
    test.member(0).start();
    test.kill(2);
    Outcome after = test.write(0, 50, Consistency.QUORUM);
    test.world().until(after::isTold);
    test.world().run(SECOND);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 50)).isEqualTo(50);
  }

  @ParameterizedTest
  @ValueSource(longs = {53, 54, 55, 56})
  void whatIsDeliveredOrDroppedDoesNotComeBackWhenThePowerFails(long seed) {
    HintCluster test = new HintCluster(seed, 3);
    test.kill(2);
    test.writeAll(10, 0, 1);
    test.world().run(SECOND);
    test.world().await(test.hints(1).drop(null));
    test.bringBack(2);
    test.world().run(SECOND);
    for (int holder = 0; holder < 2; holder++) {
      test.member(holder).machine().crash();
      assertThat(test.member(holder).machine().files().paths())
          .noneMatch(path -> path.endsWith(".hints"));
    }
  }

  @Test
  void hintsThatWereNotKeptDoNotCount() {
    HintCluster test = new HintCluster(27, 3);
    test.kill(2);
    Hints own = test.hints(0);
    NodeInfo target = test.member(0).view().node(test.member(2).view().self().hostId());
    SimulatedFiles files = test.member(0).machine().files();
    files.setSyncFails(true);
    assertThat(keep(test, target, 1)).isInstanceOf(IOException.class);
    assertThat(own.nodes()).isEmpty();
    assertThat(pathsOfHints(test)).isEmpty();
    files.setSyncFails(false);
    assertThat(keep(test, target, 2)).isNull();
    long bytes = own.bytes(target.hostId());
    assertThat(bytes).isEqualTo(files.bytes(pathsOfHints(test).getFirst()).length);
    files.setFull(true);
    assertThat(keep(test, target, 3)).isInstanceOf(DiskFullException.class);
    files.setFull(false);
    assertThat(own.bytes(target.hostId())).isEqualTo(bytes);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 2)).isEqualTo(2);
    assertThat(own.bytes(target.hostId())).isZero();
  }

  /** Keeps hints of so many bytes at the first member; what became of them once they are told. */
  private static List<Throwable> keepAtOnce(HintCluster test, UUID node, int... sizes) {
    NodeInfo target = test.member(0).view().node(node);
    List<CompletableFuture<Throwable>> told = new ArrayList<>();
    for (int size : sizes) {
      CompletableFuture<Throwable> next = new CompletableFuture<>();
      told.add(next);
      test.hints(0).keep(target, 1, new byte[size], NOW, next::complete);
    }
    return told.stream().map(test.world()::await).toList();
  }

  /** Nodes each of which has 100,000 bytes of hints wait for its disk at most. */
  private static HintCluster withLittleMemory(long seed) {
    HintOptions options = new HintOptions(60 * SECOND, 8 << 20, 32 << 20, SECOND, 100_000);
    return new HintCluster(seed, 3, options, Integer.MAX_VALUE);
  }

  /** One that is larger than all may take is taken beside no more than half of that. */
  @Test
  void whatWaitsForTheDiskIsBounded() {
    HintCluster test = withLittleMemory(72);
    test.kill(2);
    UUID node = test.member(2).view().self().hostId();
    List<Throwable> besideLittle = keepAtOnce(test, node, 40_000, 300_000, 8);
    assertThat(besideLittle.subList(0, 2)).containsOnlyNulls();
    assertThat(besideLittle.get(2)).isInstanceOf(OverloadedException.class);
    List<Throwable> besideMuch = keepAtOnce(test, node, 60_000, 300_000, 8);
    assertThat(besideMuch.get(0)).isNull();
    assertThat(besideMuch.get(1)).isInstanceOf(OverloadedException.class);
    assertThat(besideMuch.get(2)).isNull();
  }

  /** What the disk has not yet counts, also while others' hints are written. */
  @Test
  void hintsCountUntilTheyAreWritten() {
    HintCluster test = withLittleMemory(73);
    test.kill(1);
    test.kill(2);
    List<NodeInfo> targets =
        IntStream.of(1, 2)
            .mapToObj(number -> test.member(number).view().self())
            .sorted(Comparator.comparing(NodeInfo::hostId))
            .toList();
    Hints own = test.hints(0);
    CompletableFuture<Throwable> between = new CompletableFuture<>();
    CompletableFuture<Throwable> last = new CompletableFuture<>();
    NodeInfo first = targets.getFirst();
    own.keep(
        first, 1, new byte[8], NOW, f -> own.keep(first, 1, new byte[8], NOW, between::complete));
    own.keep(targets.getLast(), 1, new byte[300_000], NOW, last::complete);
    assertThat(test.world().await(between)).isInstanceOf(OverloadedException.class);
    assertThat(test.world().await(last)).isNull();
    assertThat(keepAtOnce(test, first.hostId(), 8)).containsOnlyNulls();
  }

  /** What became of a hint that the first member was to keep. */
  private static Throwable keep(HintCluster test, NodeInfo target, int key) {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    test.hints(0)
        .keep(
            target,
            SimulatedCluster.token(key),
            test.cluster.update("t", key, 1000 + key, key),
            NOW,
            told::complete);
    return test.world().await(told);
  }

  @Test
  void hintsThatCouldBringDeletedRowsBackAreDropped() {
    HintCluster test = new HintCluster(61, 3);
    test.kill(2);
    Outcome outcome = test.write(0, 1, Consistency.QUORUM);
    test.world().until(outcome::isTold);
    test.world().run(SECOND);
    long grace = test.cluster.table("t").properties().gcGraceSeconds();
    test.member(0).machine().clock().jump((grace + 10) * 1_000_000L);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 1)).isNull();
    assertThat(test.allHints()).isZero();
  }

  @Test
  void hintsHaveATimeAndASize() {
    HintCluster test =
        new HintCluster(
            71,
            3,
            new HintOptions(60 * SECOND, 2000, 32 << 20, SECOND, 8 << 20),
            Integer.MAX_VALUE);
    test.kill(2);
    Hints own = test.hints(0);
    NodeInfo target = test.member(0).view().node(test.member(2).view().self().hostId());
    test.writeAll(100, 0);
    test.world().run(SECOND);
    assertThat(own.wants(target)).isFalse();
    assertThat(own.bytes(target.hostId())).isBetween(2000L, 2200L);
    assertThat(test.hints(1).wants(target)).isTrue();
    test.world().run(61 * SECOND);
    assertThat(test.hints(1).wants(target)).isFalse();
  }

  /** Nodes crash and return one after the other over a bad network; in the end all are equal. */
  @ParameterizedTest
  @ValueSource(longs = {81, 82, 83, 84, 85, 86, 87, 88})
  void whatWasAcknowledgedReachesAllThatStay(long seed) {
    HintCluster test = new HintCluster(seed, 3);
    test.world().network().setFaults(LinkFaults.BAD);
    Random random = new Random(seed);
    Map<Integer, Outcome> outcomes = new HashMap<>();
    int key = 0;
    for (int round = 0; round < 6; round++) {
      int victim = random.nextInt(3);
      test.kill(victim);
      for (int i = 0; i < 15; i++) {
        int from = (victim + 1 + random.nextInt(2)) % 3;
        outcomes.put(key, test.write(from, key, Consistency.QUORUM));
        key++;
        test.world().run(random.nextInt(20_000_000));
      }
      // All hints are on disk before a holder may lose its power.
      test.world().run(3 * SECOND);
      test.bringBack(victim);
      int holder = (victim + 1) % 3;
      test.world().run(random.nextInt(100_000_000));
      test.member(holder).machine().crash();
      test.world().run(random.nextInt(100_000_000));
      test.member(holder).start();
    }
    test.world().network().setFaults(LinkFaults.NONE);
    test.world().run(130 * SECOND);
    assertThat(test.allHints()).as("seed %d", seed).isZero();
    outcomes.forEach(
        (written, outcome) -> {
          if (outcome.succeeded()) {
            for (Member member : test.cluster.members()) {
              assertThat(member.value("t", written))
                  .as("seed %d key %d", seed, written)
                  .isEqualTo(written % 100);
            }
          }
        });
  }
}

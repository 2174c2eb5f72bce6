package io.ilion.storage.commitlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.world.ForwardingFiles;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitLogTest {
  private static final String FIRST = "log/" + SegmentFormat.name(0);

  private SimulatedWorld world;
  private SimulatedNode node;
  private Scheduler scheduler;
  private SimulatedFiles files;

  /** What the log writes to: these files, but for what a test changes. */
  private Files disk;

  private LogTable table;
  private final List<Throwable> fatal = new ArrayList<>();
  private final List<Throwable> outcomes = new ArrayList<>();
  private final List<LogTable> flushRequests = new ArrayList<>();

  @BeforeEach
  void begin() throws IOException {
    begin(1);
  }

  private void begin(long seed) throws IOException {
    world = new SimulatedWorld(seed);
    node = world.addNode();
    scheduler = node.start(2).scheduler();
    files = node.files();
    disk = files;
    files.createDirectories("log");
    table = new LogTable(new UUID(1, 1), 0);
    outcomes.clear();
  }

  private CommitLog open(boolean periodic, int segmentBytes) throws IOException {
    return open(periodic, !periodic, segmentBytes);
  }

  private CommitLog open(boolean periodic, boolean gathers, int segmentBytes) throws IOException {
    CommitLogReplay.Result found = CommitLogReplay.replay(files, "log", (r, l, n, u) -> {});
    return new CommitLog(
        new CommitLogOptions(
            "log", periodic, gathers, 0, 1_000_000, segmentBytes, 4L * segmentBytes),
        disk,
        node.clock(),
        scheduler,
        new SplittableRandom(3),
        found.segmentIds().size() + 1,
        found,
        flushRequests::add,
        fatal::add);
  }

  private void append(CommitLog log, byte[] update) {
    log.lane(0).append(table, update, outcomes::add);
  }

  private static byte[] update(int n) {
    byte[] update = new byte[10 + n % 90];
    Arrays.fill(update, (byte) n);
    return update;
  }

  private void write(CommitLog log, int from, int to) {
    for (int i = from; i < to; i++) {
      append(log, update(i));
      if (i % 3 == 0) {
        int wanted = i - from + 1;
        world.until(() -> outcomes.size() >= wanted);
      }
    }
    world.until(() -> outcomes.size() >= to - from);
  }

  private List<Integer> replayed() throws IOException {
    List<Integer> found = new ArrayList<>();
    CommitLogReplay.replay(
        files,
        "log",
        (run, lane, number, update) -> {
          assertThat(update).isEqualTo(update(update[0] & 0xff));
          found.add(update[0] & 0xff);
        });
    return found;
  }

  @Test
  void whatWasAcknowledgedIsReplayedInOrder() throws IOException {
    CommitLog log = open(false, 1024);
    write(log, 0, 100);
    assertThat(outcomes).hasSize(100).containsOnlyNulls();
    node.crash();
    assertThat(replayed()).hasSize(100).isSorted();
  }

  /** The JDK copies what it writes through memory outside the heap, which may be used up. */
  @Test
  void whoeverWaitsIsToldThatThereWasNoMemoryToWrite() throws IOException {
    OutOfMemoryError planted = new OutOfMemoryError("planted");
    boolean[] fails = new boolean[1];
    failAppends(planted, path -> fails[0]);
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 3);
    fails[0] = true;
    append(log, update(3));
    world.until(() -> outcomes.size() == 4);
    append(log, update(4));
    world.until(() -> outcomes.size() == 5);
    assertThat(outcomes.subList(0, 3)).containsOnlyNulls();
    assertThat(outcomes.subList(3, 5)).doesNotContainNull();
    assertThat(fatal).containsExactly(planted);
  }

  /** Else there would be no next one, and this one would become longer for ever. */
  @Test
  void theNodeStopsIfThereWasNoMemoryForTheNextSegment() throws IOException {
    OutOfMemoryError planted = new OutOfMemoryError("planted");
    failAppends(planted, path -> path.endsWith(SegmentFormat.name(1)));
    CommitLog log = open(false, 1024);
    write(log, 0, 12);
    world.until(() -> !fatal.isEmpty());
    assertThat(fatal).containsExactly(planted);
  }

  private void failAppends(Error error, Predicate<String> of) {
    disk =
        new ForwardingFiles(files) {
          @Override
          public AppendFile create(String path) throws IOException {
            AppendFile file = super.create(path);
            return (AppendFile)
                Proxy.newProxyInstance(
                    AppendFile.class.getClassLoader(),
                    new Class<?>[] {AppendFile.class},
                    (proxy, method, arguments) -> {
                      if (method.getName().equals("append") && of.test(path)) {
                        throw error;
                      }
                      return method.invoke(file, arguments);
                    });
          }
        };
  }

  @Test
  void theTailMayBeCutAnywhere() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 30);
    byte[] whole = files.bytes(FIRST);
    int last = -1;
    for (int cut = SegmentFormat.HEADER_BYTES; cut <= whole.length; cut++) {
      files.setBytes(FIRST, Arrays.copyOf(whole, cut));
      List<Integer> found = replayed();
      assertThat(found.size()).describedAs("cut at %d", cut).isGreaterThanOrEqualTo(last);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i)).isEqualTo(i);
      }
      last = found.size();
    }
    assertThat(last).isEqualTo(30);
  }

  @Test
  void damageBeforeALaterSyncIsRefusedWithFileAndOffset() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 30);
    world.await(log.close());
    byte[] whole = files.bytes(FIRST);
    // The sync mark at the end vouches for everything before it.
    int vouched = whole.length - SegmentFormat.RECORD_HEADER_BYTES;
    for (int at = 0; at < vouched; at += 7) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      files.setBytes(FIRST, damaged);
      assertThatThrownBy(this::replayed)
          .describedAs("damage at %d", at)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(FIRST)
          .hasMessageContaining("offset");
    }
  }

  @Test
  void damageInAnEarlierSegmentIsRefused() throws IOException {
    CommitLog log = open(false, 512);
    write(log, 0, 60);
    byte[] whole = files.bytes(FIRST);
    // At its end stands a mark, which the next segment does not count.
    int counted = whole.length - SegmentFormat.RECORD_HEADER_BYTES;
    files.setBytes(FIRST, Arrays.copyOf(whole, counted - 1));
    assertThatThrownBy(this::replayed).isInstanceOf(CorruptDataException.class);
    whole[counted - 1] ^= 1;
    files.setBytes(FIRST, whole);
    assertThatThrownBy(this::replayed).isInstanceOf(CorruptDataException.class);
  }

  @Test
  void aSegmentIsReadyBeforeItIsNeededAndSaysNothingUntilItIsBegun() throws IOException {
    CommitLog log = open(false, 1024);
    write(log, 0, 6);
    assertThat(segments()).isEqualTo(1);
    write(log, 6, 12);
    world.until(() -> segments() == 2);
    node.crash();
    byte[] second = files.bytes("log/" + SegmentFormat.name(1));
    assertThat(second).hasSize(SegmentFormat.HEADER_BYTES);
    assertThat(replayed()).hasSize(12);
    // The tail of the one before may be torn.
    byte[] whole = files.bytes(FIRST);
    CommitLogReplay.Result found =
        CommitLogReplay.read(files, "log", (run, lane, number, update) -> {});
    assertThat(found.segmentIds()).containsExactly(0L, 1L);
    files.setBytes(FIRST, Arrays.copyOf(whole, whole.length - 30));
    found = CommitLogReplay.read(files, "log", (run, lane, number, update) -> {});
    assertThat(found.records()).isEqualTo(11);
    assertThat(found.tornTail()).contains(FIRST);
    scheduler = node.start(2).scheduler();
    outcomes.clear();
    write(open(false, 1024), 12, 20);
    node.crash();
    assertThat(replayed()).hasSize(19).endsWith(18, 19);
  }

  @Test
  void aSegmentThatWasNeverBegunGoesWhenTheLogIsClosed() throws IOException {
    CommitLog log = open(false, 1024);
    write(log, 0, 12);
    world.await(log.close());
    assertThat(segments()).isEqualTo(1);
    assertThat(replayed()).hasSize(12);
  }

  @Test
  void damageInTheFirstMarkOfASegmentIsRefusedAsElsewhere() throws IOException {
    CommitLog log = open(false, 1024);
    write(log, 0, 60);
    world.await(log.close());
    String second = "log/" + SegmentFormat.name(1);
    byte[] whole = files.bytes(second);
    for (int at = 0; at < SegmentFormat.RECORD_HEADER_BYTES; at++) {
      byte[] damaged = whole.clone();
      damaged[SegmentFormat.HEADER_BYTES + at] ^= 2;
      files.setBytes(second, damaged);
      assertThatThrownBy(this::replayed)
          .describedAs("damage at %d", at)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(second);
    }
  }

  @Test
  void aSegmentThatWasBeingMadeMayHoldTheHeaderOfAnother() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 20);
    node.kill();
    // Blocks that were never synced may have what was there before.
    byte[] header = Arrays.copyOf(files.bytes(FIRST), SegmentFormat.HEADER_BYTES);
    files.setBytes("log/" + SegmentFormat.name(7), header);
    assertThat(replayed()).hasSize(20);
  }

  @Test
  void aFailedSyncFailsTheWritesAndStopsTheNode() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 3);
    files.setSyncFails(true);
    append(log, update(3));
    world.until(() -> outcomes.size() == 4);
    assertThat(outcomes.get(3)).hasMessageContaining("sync of " + FIRST + " failed");
    assertThat(fatal).hasSize(1);
    files.setSyncFails(false);
    append(log, update(4));
    world.until(() -> outcomes.size() == 5);
    assertThat(outcomes.get(4)).isNotNull();
    assertThat(fatal).hasSize(1);
  }

  @Test
  void aFullDiskRefusesWritesUntilThereIsRoom() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 3);
    files.setFull(true);
    append(log, update(3));
    world.until(() -> outcomes.size() == 4);
    assertThat(outcomes.get(3)).isInstanceOf(DiskFullException.class);
    assertThat(log.lane(0).isFull()).isTrue();
    files.setFull(false);
    world.until(() -> !log.lane(0).isFull());
    append(log, update(4));
    world.until(() -> outcomes.size() == 5);
    assertThat(outcomes.get(4)).isNull();
    assertThat(fatal).isEmpty();
    node.crash();
    assertThat(replayed()).containsExactly(0, 1, 2, 4);
  }

  @Test
  void aSegmentThatAFullDiskCutShortOutlivesTheOneBehindIt() throws IOException {
    LogTable other = new LogTable(new UUID(1, 2), 0);
    CommitLog log = open(false, 512);
    write(log, 0, 3);
    files.setFull(true);
    append(log, update(3));
    world.until(() -> outcomes.size() == 4);
    files.setFull(false);
    world.until(() -> !log.lane(0).isFull());
    for (int i = 4; i < 40; i++) {
      log.lane(0).append(other, update(i), outcomes::add);
      int wanted = i + 1;
      world.until(() -> outcomes.size() >= wanted);
    }
    log.flushed(other, 20);
    append(log, update(40));
    world.until(() -> outcomes.size() == 41);
    assertThat(files.list("log")).contains(SegmentFormat.name(0), SegmentFormat.name(3));
    assertThat(files.list("log")).doesNotContain(SegmentFormat.name(1));
    node.crash();
    assertThat(replayed()).startsWith(0, 1, 2).endsWith(39, 40).doesNotContain(3);
  }

  /** The writer's buffer went to disk with the beginning of a record whose end found no room. */
  @Test
  void whatAFullDiskLeavesOfARecordIsNoDamage() throws IOException {
    for (int length : new int[] {120_000, 400_000}) {
      for (boolean closes : new boolean[] {false, true}) {
        begin(1);
        CommitLog log = open(false, 1 << 20);
        write(log, 0, 3);
        long used = files.bytes(FIRST).length;
        files.setCapacity(used + 300_000);
        for (int i = 0; i < 3; i++) {
          append(log, new byte[length]);
        }
        world.until(() -> outcomes.size() == 6);
        assertThat(outcomes.subList(3, 6)).hasOnlyElementsOfType(DiskFullException.class);
        files.setCapacity(Long.MAX_VALUE);
        if (closes) {
          world.await(log.close());
        } else {
          world.until(() -> !log.lane(0).isFull());
          outcomes.clear();
          write(log, 3, 9);
        }
        node.crash();
        List<Integer> found = new ArrayList<>();
        CommitLogReplay.replay(
            files, "log", (run, lane, number, update) -> found.add(update[0] & 0xff));
        // What failed may be there as well.
        assertThat(found).startsWith(0, 1, 2);
        if (!closes) {
          assertThat(found).endsWith(3, 4, 5, 6, 7, 8);
        }
      }
    }
  }

  @Test
  void damageAtTheEndOfAFullSegmentIsNoTornTail() throws IOException {
    CommitLog log = open(false, 512);
    write(log, 0, 40);
    files.delete("log/" + SegmentFormat.name(1));
    byte[] whole = files.bytes(FIRST);
    files.corrupt(FIRST, whole.length - SegmentFormat.RECORD_HEADER_BYTES - 1, 1);
    assertThatThrownBy(this::replayed)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("the checksum of a record of");
  }

  @Test
  void segmentsGoWhenTheirTablesAreFlushedAndAFullLogAsksForIt() throws IOException {
    CommitLog log = open(false, 512);
    write(log, 0, 120);
    assertThat(flushRequests).contains(table);
    long before = segments();
    assertThat(before).isGreaterThan(5);
    log.flushed(table, 60);
    append(log, update(120));
    world.until(() -> outcomes.size() == 121);
    assertThat(segments()).isLessThan(before);
    assertThat(replayed()).contains(61, 119, 120);
  }

  private long segments() {
    return files.list("log").stream().filter(name -> SegmentFormat.id(name) >= 0).count();
  }

  private boolean hasSpares() {
    return files.list("log").stream().anyMatch(SegmentFormat::isSpare);
  }

  @Test
  void aSegmentIsWrittenOverOneThatIsNeededNoMore() throws IOException {
    CommitLog log = open(false, 512);
    write(log, 0, 60);
    log.flushed(table, 60);
    world.until(this::hasSpares);
    assertThat(files.list("log")).contains(SegmentFormat.spareName(0));
    outcomes.clear();
    write(log, 60, 80);
    assertThat(files.list("log")).doesNotContain(SegmentFormat.spareName(0));
    node.kill();
    assertThat(replayed()).endsWith(78, 79).doesNotContain(0, 1, 40).isSorted();
  }

  @Test
  void whatASegmentWasWrittenOverIsNeverReplayed() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      try {
        begin(seed);
        overwriteAndCrash(new SplittableRandom(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** Writes over what was flushed, and has the power fail while more is on its way. */
  private void overwriteAndCrash(SplittableRandom random) throws IOException {
    CommitLog log = open(false, 512);
    int flushed = random.nextInt(60);
    int acknowledged = flushed + 10 + random.nextInt(30);
    write(log, 0, flushed + 5);
    log.flushed(table, flushed);
    world.run(20_000_000);
    int done = outcomes.size();
    outcomes.clear();
    write(log, done, acknowledged);
    for (int i = acknowledged; i < acknowledged + 10; i++) {
      append(log, update(i));
    }
    if (random.nextBoolean()) {
      world.await(log.close());
    }
    node.crash();
    List<Integer> found = replayed();
    // What was flushed may be there as well, in segments that hold more; but nothing twice.
    assertThat(found).isSorted().doesNotHaveDuplicates();
    for (int i = flushed; i < acknowledged; i++) {
      assertThat(found).contains(i);
    }
  }

  @Test
  void whatWasReplayedOutlastsThePowerThoughItsSyncHadFailed() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      begin(seed);
      CommitLog log = open(false, 1 << 20);
      write(log, 0, 20);
      files.failOneSync(0);
      for (int i = 20; i < 90; i++) {
        append(log, update(i));
      }
      world.until(() -> outcomes.size() == 90);
      assertThat(outcomes.get(20)).isNotNull();
      node.kill();
      List<Integer> seen = replayed();
      assertThat(seen).hasSizeGreaterThan(20);
      node.crash();
      assertThat(replayed()).describedAs("seed %d", seed).isEqualTo(seen);
      // And nothing stands in the way of a run behind it.
      scheduler = node.start(2).scheduler();
      outcomes.clear();
      write(open(false, 1 << 20), 90, 95);
      node.crash();
      assertThat(replayed()).hasSize(seen.size() + 5);
    }
  }

  @Test
  void whatWasReplayedIsCopiedOnce() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 20);
    node.kill();
    assertThat(replayed()).hasSize(20);
    byte[] copy = files.bytes(FIRST);
    long before = files.operations();
    assertThat(replayed()).hasSize(20);
    assertThat(files.operations() - before).isLessThan(10);
    assertThat(files.bytes(FIRST)).isEqualTo(copy);
    for (int at = SegmentFormat.HEADER_BYTES; at < copy.length - 22; at += 7) {
      byte[] damaged = copy.clone();
      damaged[at] ^= 4;
      files.setBytes(FIRST, damaged);
      assertThatThrownBy(this::replayed).isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void aFullDiskIsNoReasonNotToReplay() throws IOException {
    CommitLog log = open(false, 1 << 20);
    write(log, 0, 20);
    node.kill();
    files.setFull(true);
    assertThat(replayed()).hasSize(20);
    assertThat(files.list("log")).hasSize(1);
  }

  @Test
  void periodicAcknowledgesBeforeTheSync() throws IOException {
    CommitLog log = open(true, 1 << 20);
    files.setSyncFails(true);
    append(log, update(0));
    world.until(() -> outcomes.size() == 1);
    assertThat(outcomes.get(0)).isNull();
    world.until(() -> !fatal.isEmpty());
  }

  @Test
  void manyWhoWriteAgainAndAgainShareTheirSyncs() throws IOException {
    CommitLog log = open(false, 1 << 20);
    int writers = 64;
    int rounds = 20;
    long before = files.operations();
    for (int i = 0; i < writers; i++) {
      writeAgain(log, i % 2, rounds);
    }
    world.until(() -> outcomes.size() == writers * rounds);
    assertThat(outcomes).containsOnlyNulls();
    // Each group is one append and one sync; at worst a lane is alone.
    assertThat(files.operations() - before).isLessThanOrEqualTo(2 * 2 * rounds);
  }

  private void writeAgain(CommitLog log, int lane, int rounds) {
    log.lane(lane)
        .append(
            table,
            update(rounds),
            failure -> {
              outcomes.add(failure);
              if (rounds > 1) {
                writeAgain(log, lane, rounds - 1);
              }
            });
  }

  @Test
  void aLoneWriterDoesNotWaitForOthers() throws IOException {
    CommitLog log = open(false, 1 << 20);
    int writes = 50;
    long before = node.clock().nanoTime();
    writeAgain(log, 0, writes);
    world.until(() -> outcomes.size() == writes);
    assertThat(node.clock().nanoTime() - before).isLessThan(writes * Groups.GATHER_NANOS * 3 / 4);
  }

  /** How long one write takes that comes after a group of many. */
  private long nanosAfterMany(boolean gathers) throws IOException {
    CommitLog log = open(false, gathers, 1 << 20);
    int writers = 64;
    for (int i = 0; i < writers; i++) {
      append(log, update(i));
    }
    world.until(() -> outcomes.size() == writers);
    long before = node.clock().nanoTime();
    append(log, update(writers));
    world.until(() -> outcomes.size() == writers + 1);
    return node.clock().nanoTime() - before;
  }

  @Test
  void afterManyAGroupWaitsForCompany() throws IOException {
    assertThat(nanosAfterMany(true)).isGreaterThan(Groups.GATHER_NANOS / 2);
  }

  @Test
  void aBatchWaitsForNobody() throws IOException {
    assertThat(nanosAfterMany(false)).isLessThan(Groups.GATHER_NANOS / 4);
  }

  @Test
  void whatWasHandedOverIsDurableWhenTheLogIsClosed() throws IOException {
    CommitLog log = open(false, 1 << 20);
    for (int i = 0; i < 40; i++) {
      append(log, update(i));
    }
    world.until(() -> outcomes.size() == 40);
    append(log, update(40));
    scheduler.lane(0).execute(log::close);
    world.until(() -> outcomes.size() == 41);
    assertThat(outcomes).containsOnlyNulls();
    node.crash();
    assertThat(replayed()).hasSize(41).endsWith(39, 40);
  }
}

package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.ForwardingSink;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the answers of replicas take of the memory of who gives them and who gets them. */
class AnswerMemoryTest {
  private static final int NODES = 5;
  private static final int PARTITIONS = 120;
  private static final int ROW_BYTES = 10_000;
  private static final int READS = 100;

  /** Partitions of more rows than one answer has. */
  private static final int WIDE = 16;

  private static final int WIDE_ROWS = 30;
  private static final long SECOND = 1_000_000_000L;

  /** All of the table is larger than this, and what all reads want a hundred times that. */
  private static final long MOST = 1 << 20;

  private static final ReadCommand ALL =
      ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL);

  private final SplittableRandom random = new SplittableRandom(5);
  private final ReplicaWorld world = new ReplicaWorld(5);
  private final List<MemoryPool> pools = new ArrayList<>();
  private int lines = PARTITIONS;
  private long most;

  private Member cluster() {
    for (int i = 0; i < NODES; i++) {
      world.add(2);
    }
    world.join(world.members, random);
    for (int i = 0; i < PARTITIONS; i++) {
      byte[] update = row(i, 1_000);
      world.members.forEach(member -> member.apply(update));
    }
    return world.members.getFirst();
  }

  private byte[] row(int partition, long timestamp) {
    return rows(partition, 1, timestamp);
  }

  private byte[] rows(int partition, int rows, long timestamp) {
    UpdateWriter update =
        new UpdateWriter().begin(ReplicaWorld.TABLE, new byte[] {(byte) partition});
    for (int row = 0; row < rows; row++) {
      byte[] value = new byte[ROW_BYTES];
      random.nextBytes(value);
      update.rowWriter().liveness(timestamp).cell(1, null, timestamp, 0, 0, value);
      update.row(new byte[] {0x20, (byte) row, 0x20, 1});
    }
    return update.toByteArray();
  }

  private MemoryPool small() {
    MemoryPool pool = new MemoryPool(MOST);
    pools.add(pool);
    return pool;
  }

  private static RowsSink begin(Member coordinator) {
    RowsSink sink = new RowsSink(ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE);
    begin(coordinator, ALL, Consistency.QUORUM, sink);
    return sink;
  }

  private static void begin(
      Member coordinator, ReadCommand command, Consistency level, RowSink sink) {
    coordinator.read(command, level, ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE, sink);
  }

  private List<RowsSink> readAll(Member coordinator) {
    List<RowsSink> sinks = new ArrayList<>();
    for (int i = 0; i < READS; i++) {
      sinks.add(begin(coordinator));
    }
    awaitAll(sinks);
    return sinks;
  }

  /** Reads of partitions do not wait for a turn, as those of all of the table do. */
  private List<RowsSink> readWide(Member coordinator) {
    List<RowsSink> sinks = new ArrayList<>();
    for (int i = 0; i < READS; i++) {
      sinks.add(readOne(coordinator, PARTITIONS, Consistency.QUORUM));
    }
    awaitAll(sinks);
    return sinks;
  }

  private void awaitAll(List<RowsSink> sinks) {
    world.world.until(
        () -> {
          pools.forEach(pool -> most = Math.max(most, pool.taken()));
          return sinks.stream().allMatch(sink -> sink.over);
        });
  }

  private void addWide() {
    byte[] update = rows(PARTITIONS, WIDE_ROWS, 1_000);
    for (Member member : world.members) {
      member.flush();
      member.apply(update);
    }
    lines += WIDE_ROWS;
  }

  private void demandThatNothingIsTaken() {
    assertThat(pools).allMatch(pool -> pool.taken() == 0);
  }

  /** Where there is no room they wait a little; what never gets any is refused as a whole. */
  private static void demandThatSomeHaveAll(List<RowsSink> sinks) {
    assertThat(sinks.stream().map(sink -> sink.failure).filter(Objects::nonNull))
        .hasOnlyElementsOfTypes(OverloadedException.class, ReadTimeoutException.class);
    List<RowsSink> done = sinks.stream().filter(sink -> sink.failure == null).toList();
    assertThat(done).isNotEmpty().allSatisfy(sink -> assertThat(sink.lines()).hasSize(PARTITIONS));
  }

  private void demandThatOneReadHasAll(Member coordinator) {
    RowsSink alone = begin(coordinator);
    world.world.until(() -> alone.over);
    assertThat(alone.failure).isNull();
    assertThat(alone.lines()).hasSize(lines);
    world.world.run(20 * SECOND);
    demandThatNothingIsTaken();
  }

  /** Two of five say nothing: what came of the others is bounded, and gone when the reads are. */
  @Test
  void answersOfReplicasAreBoundedWhereTheyAreGathered() {
    Member coordinator = cluster();
    addWide();
    coordinator.become(small(), MemoryPool.unlimited());
    for (Member silent : world.members.subList(3, NODES)) {
      world.world.network().cut(silent.machine.address(), coordinator.machine.address());
    }
    List<RowsSink> sinks = readWide(coordinator);
    assertThat(sinks).anyMatch(sink -> sink.failure instanceof OverloadedException);
    assertThat(most).isBetween(MOST / 2, MOST + 2 * PartitionRead.MOST_BYTES);
    demandThatNothingIsTaken();
    world.world.network().setFaults(LinkFaults.NONE);
    world.world.network().heal();
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }

  /** Replicas that differ are merged, which takes as much again. */
  @Test
  void whatIsMergedIsBoundedToo() {
    Member coordinator = cluster();
    coordinator.become(small(), MemoryPool.unlimited());
    for (int i = 0; i < PARTITIONS; i++) {
      world.members.get(random.nextInt(NODES)).apply(row(i, 2_000));
    }
    demandThatSomeHaveAll(readAll(coordinator));
    assertThat(most).isBetween(MOST / 2, MOST + 4 * PartitionRead.MOST_BYTES);
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }

  /** What replicas have ready, or are about to, is refused to others beyond a bound. */
  @Test
  void answersOfReplicasAreBoundedWhereTheyAreGiven() {
    Member coordinator = cluster();
    addWide();
    world.members.forEach(member -> member.become(MemoryPool.unlimited(), small()));
    List<RowsSink> sinks = readWide(coordinator);
    assertThat(sinks).anyMatch(sink -> sink.failure instanceof ReadFailureException);
    assertThat(most).isBetween(MOST / 2, MOST + 4 * PartitionRead.MOST_BYTES);
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }

  /** Many more reads than there is memory for, here and there: some end well, others at once. */
  @Test
  void someOfVeryManyReadsSucceedAndTheOthersAreRefused() {
    cluster();
    world.members.forEach(member -> member.become(small(), small()));
    List<RowsSink> sinks = new ArrayList<>();
    for (int i = 0; i < 2 * READS; i++) {
      sinks.add(begin(world.members.get(i % NODES)));
    }
    awaitAll(sinks);
    assertThat(most).isLessThan(MOST + 4 * PartitionRead.MOST_BYTES);
    List<RowsSink> failed = sinks.stream().filter(sink -> sink.failure != null).toList();
    assertThat(failed).hasSizeBetween(1, 2 * READS - 2 * NODES);
    assertThat(failed).allMatch(sink -> sink.failure instanceof OverloadedException);
    assertThat(sinks)
        .filteredOn(sink -> sink.failure == null)
        .allMatch(sink -> sink.lines().size() == PARTITIONS);
    world.world.run(20 * SECOND);
    demandThatNothingIsTaken();
  }

  /** Nobody waits for long for those whose replicas say nothing. */
  @Test
  void aReadThatWaitsForItsTurnHasADeadline() {
    Member coordinator = cluster();
    coordinator.become(small(), MemoryPool.unlimited());
    for (Member silent : world.members.subList(1, NODES)) {
      world.world.network().cut(silent.machine.address(), coordinator.machine.address());
    }
    List<RowsSink> sinks = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      sinks.add(begin(coordinator));
    }
    world.world.run(2 * SECOND);
    assertThat(sinks).noneMatch(sink -> sink.over);
    world.world.run(SECOND);
    assertThat(sinks.stream().filter(sink -> sink.over))
        .hasSize(NODES - 1)
        .allMatch(sink -> sink.failure instanceof OverloadedException);
    world.world.run(20 * SECOND);
    assertThat(sinks).allMatch(sink -> sink.over);
    demandThatNothingIsTaken();
  }

  private static RowsSink readOne(Member coordinator, int partition, Consistency level) {
    RowsSink sink = new RowsSink(ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE);
    begin(coordinator, command(partition), level, sink);
    return sink;
  }

  private static ReadCommand command(int partition) {
    byte[] key = {(byte) partition};
    return ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false);
  }

  private List<Member> replicasOf(int partition) {
    List<NodeInfo> natural =
        world
            .members
            .getFirst()
            .view
            .replicas(world.keyspace())
            .of(Murmur3.token(new byte[] {(byte) partition}))
            .natural();
    return world.members.stream().filter(member -> natural.contains(member.info)).toList();
  }

  /** One that has no room says so, and another one is asked; the read fails when too few have. */
  @Test
  void aReplicaWithoutRoomIsAsOneThatFails() {
    Member coordinator = cluster();
    world.speculativeRetry = "NEVER";
    List<Member> replicas = replicasOf(1);
    List<MemoryPool> given = new ArrayList<>();
    for (Member replica : replicas) {
      given.add(small());
      replica.become(MemoryPool.unlimited(), given.getLast());
    }
    int sent = 0;
    for (MemoryPool full : given) {
      full.take(MOST, 0);
      int before = coordinator.sent;
      RowsSink read = readOne(coordinator, 1, Consistency.QUORUM);
      world.world.until(() -> read.over);
      assertThat(read.lines()).hasSize(1);
      sent += coordinator.sent - before;
      full.giveBack(MOST);
    }
    // Of three replicas two are asked: each of the three is one of them in two of three reads.
    assertThat(sent).isGreaterThan(2 * given.size());

    given.forEach(full -> full.take(MOST, 0));
    RowsSink refused = readOne(coordinator, 1, Consistency.QUORUM);
    world.world.until(() -> refused.over);
    assertThat(refused.failure)
        .isInstanceOfSatisfying(
            ReadFailureException.class,
            failure ->
                assertThat(failure.reasons().values())
                    .hasSizeGreaterThanOrEqualTo(2)
                    .containsOnly(FailureReason.OVERLOADED));
    assertThat(given).allMatch(full -> full.taken() == MOST);

    given.getFirst().giveBack(MOST);
    RowsSink alone = readOne(coordinator, 1, Consistency.ONE);
    world.world.until(() -> alone.over);
    assertThat(alone.lines()).hasSize(1);
    given.subList(1, given.size()).forEach(full -> full.giveBack(MOST));
    world.world.run(20 * SECOND);
    demandThatNothingIsTaken();
  }

  /** Takes nothing itself; knows what it was given, if that is anywhere yet. */
  private static final class Witness extends ForwardingSink {
    private final List<WeakReference<byte[]>> given;

    Witness(RowSink sink, List<WeakReference<byte[]>> given) {
      super(sink);
      this.given = given;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      given.add(new WeakReference<>(row.array()));
      return super.row(keyArray, keyOffset, keyLength, row);
    }
  }

  /** Reads so many rows; what of them, and of who wanted them, may be kept by mistake. */
  private List<WeakReference<?>> readAndForget(Member coordinator, ReadCommand command, int rows) {
    List<WeakReference<byte[]>> given = new ArrayList<>();
    RowsSink sink = new RowsSink(ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE);
    Witness witness = new Witness(sink, given);
    begin(coordinator, command, Consistency.QUORUM, witness);
    world.world.until(() -> sink.over);
    assertThat(sink.lines()).hasSize(rows);
    assertThat(given).hasSize(rows);
    List<WeakReference<?>> all = new ArrayList<>(given);
    all.add(new WeakReference<>(witness));
    return all;
  }

  private void demandThatNothingIsKept(List<WeakReference<?>> of) {
    // Whoever hears nothing still waits, and would for seconds.
    for (int i = 0; i < 10 && of.stream().anyMatch(reference -> reference.get() != null); i++) {
      System.gc();
    }
    assertThat(of).allMatch(reference -> reference.get() == null);
  }

  @Test
  void aReadThatIsOverKeepsNothingOfItsAnswersWhileReplicasSayNothing() {
    Member coordinator = cluster();
    world.speculativeRetry = "50ms";
    Member silent = world.members.getLast();
    world.world.network().cut(silent.machine.address(), coordinator.machine.address());
    List<WeakReference<?>> answers = readAndForget(coordinator, ALL, PARTITIONS);
    assertThat(coordinator.underWay).as("requests that are not answered").isPositive();
    demandThatNothingIsKept(answers);
  }

  @Test
  void aReadThatIsOverKeepsNothingWhileItsRepairsAreNotAnswered() {
    Member coordinator = cluster();
    world.speculativeRetry = "50ms";
    Member silent = world.members.getLast();
    silent.updates = ReplicaWorld.Updates.IGNORED;
    List<WeakReference<?>> answers = new ArrayList<>();
    for (int i = 0; silent.ignored == 0; i++) {
      byte[] newer = row(i, 2_000);
      replicasOf(i).stream().filter(m -> m != silent).forEach(m -> m.apply(newer));
      answers.addAll(readAndForget(coordinator, command(i), 1));
    }
    demandThatNothingIsKept(answers);
  }

  /** Has all of a pool taken for a while when it is given a certain row. */
  private final class Filling extends ForwardingSink {
    private final RowsSink sink;
    private final MemoryPool pool;
    private final long nanos;
    private int rowsBefore;
    private boolean isFree;
    private int rowsBehind;

    Filling(RowsSink sink, MemoryPool pool, long nanos) {
      super(sink);
      this.sink = sink;
      this.pool = pool;
      this.nanos = nanos;
      this.rowsBefore = random.nextInt(WIDE * WIDE_ROWS);
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      if (rowsBefore-- == 0) {
        pool.take(1L << 40, 0);
        world.world.after(
            nanos,
            () -> {
              pool.giveBack(1L << 40);
              isFree = true;
            });
      }
      rowsBehind += isFree ? 1 : 0;
      return super.row(keyArray, keyOffset, keyLength, row);
    }
  }

  /**
   * The rest of a partition may be on its way to the sink when what comes behind it is refused; it
   * is asked for again then, and nothing is given twice.
   */
  @Test
  void aReadWithoutRoomGoesOnWhereItIsWhenThereIsRoom() {
    for (int i = 0; i < 16; i++) {
      world.add(1);
    }
    world.join(world.members, random);
    for (int i = 0; i < WIDE; i++) {
      byte[] update = rows(i, WIDE_ROWS, 1_000);
      for (Member member : replicasOf(i)) {
        member.apply(update);
        member.flush();
      }
    }
    Member coordinator = world.members.getFirst();
    MemoryPool pool = new MemoryPool(64 << 20);
    pools.add(pool);
    coordinator.become(pool, MemoryPool.unlimited());
    world.world.network().setFaults(new LinkFaults(50_000, 5_000_000, 0, 0, 0, false));
    int waited = 0;
    for (int i = 0; i < 40; i++) {
      Filling filling = readWhileFull(coordinator, pool, 1 + random.nextLong(SECOND / 20));
      waited += filling.rowsBehind > 0 ? 1 : 0;
      assertThat(filling.sink.failure).isNull();
      assertThat(filling.sink.lines()).hasSize(WIDE * WIDE_ROWS).doesNotHaveDuplicates();
    }
    assertThat(waited).as("reads that went on").isGreaterThan(10);

    Filling never = readWhileFull(coordinator, pool, 6 * SECOND);
    assertThat(never.sink.failure).isInstanceOf(OverloadedException.class);
    assertThat(never.isFree).as("it waited so long").isFalse();
    world.world.run(6 * SECOND);
    demandThatNothingIsTaken();
  }

  private Filling readWhileFull(Member coordinator, MemoryPool pool, long nanos) {
    RowsSink sink = new RowsSink(ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE);
    Filling filling = new Filling(sink, pool, nanos);
    begin(coordinator, ALL, Consistency.ONE, filling);
    world.world.until(() -> sink.over);
    return filling;
  }

  /** Members beside which no piece of a range has the replicas of the next. */
  private Member joinMany() {
    for (int i = 0; i < 16; i++) {
      world.add(1);
    }
    world.join(world.members, random);
    world.world.network().setFaults(new LinkFaults(50_000, 5_000_000, 0, 0, 0, false));
    return world.members.getFirst();
  }

  private void write(int key, int rows, int bytesOfRow) {
    UpdateWriter update = new UpdateWriter().begin(ReplicaWorld.TABLE, new byte[] {(byte) key});
    for (int row = 0; row < rows; row++) {
      byte[] value = new byte[bytesOfRow];
      random.nextBytes(value);
      update.rowWriter().liveness(1_000).cell(1, null, 1_000, 0, 0, value);
      update.row(new byte[] {0x20, (byte) row, 0x20, 1});
    }
    byte[] bytes = update.toByteArray();
    for (Member member : replicasOf(key)) {
      member.apply(bytes);
      member.flush();
    }
  }

  private void readAll(Member coordinator, int rows) {
    RowsSink sink = begin(coordinator);
    world.world.until(() -> sink.over);
    assertThat(sink.failure).isNull();
    assertThat(sink.lines()).hasSize(rows).doesNotHaveDuplicates();
    world.world.run(20 * SECOND);
    demandThatNothingIsTaken();
  }

  @Test
  void aRangeReadThatIsAloneReadsPiecesThatHaveNoRoomBesideEachOtherOneByOne() {
    Member coordinator = joinMany();
    for (int i = 0; i < 64; i++) {
      write(i, 1, 150_000);
    }
    coordinator.become(small(), MemoryPool.unlimited());
    for (int i = 0; i < 20; i++) {
      readAll(coordinator, 64);
    }
  }

  @Test
  void aRangeReadThatIsAloneHasRoomForTheRestOfAPartition() {
    Member coordinator = joinMany();
    for (int i = 0; i < 120; i++) {
      write(i, 5, 30_000);
    }
    for (int i = 0; i < 20; i++) {
      MemoryPool pool = new MemoryPool(300_000 + 25_000 * i);
      pools.add(pool);
      coordinator.become(pool, MemoryPool.unlimited());
      readAll(coordinator, 120 * 5);
    }
  }
}

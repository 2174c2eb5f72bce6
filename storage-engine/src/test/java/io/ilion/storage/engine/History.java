package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedCrash;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.Histories;
import io.ilion.storage.LaneStore;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TextSink;
import io.ilion.storage.engine.HistoryTable.Outcome;
import io.ilion.storage.engine.HistoryTable.Write;
import io.ilion.storage.memtable.Memtable;
import io.ilion.storage.sstable.BlockCache;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * A random history of one engine in a simulated world: writes and reads of several tables, flushes,
 * compactions, snapshots and their restores, imports, discarded ranges, truncations, dropped
 * tables, changed options, passing time, full and slow disks, failed syncs, kills and power
 * failures at any moment and at any call of the disk, restarts with more or fewer lanes. Every
 * answer is compared with a naive twin's.
 */
final class History {
  private static final long SECOND = 1_000_000_000L;

  private final String name;
  private final SplittableRandom random;
  private final boolean purging;
  private final boolean late;
  private final int calm;
  private final Defects defects;
  private final SimulatedWorld world;
  private final SimulatedNode node;
  private final SimulatedFiles files;
  private final EngineConfig.SyncMode syncMode;
  private final List<HistoryTable> tables = new ArrayList<>();
  private final Map<String, Integer> snapshotFiles = new TreeMap<>();
  private final List<Restorable> restorable = new ArrayList<>();
  private final HistoryRecovery recovery = new HistoryRecovery(this);
  private int lanes;
  private PurgeHorizon horizon = PurgeHorizon.ALL;
  private Engine engine;
  private Throwable fatal;
  private boolean diskMayFail;
  private long nextTable;
  private long operations;
  private long kills;
  private long powerFailures;

  /** What a table had when a snapshot was taken. */
  private record Restorable(UUID table, String name, List<byte[]> updates) {}

  /** The node ended in between; whatever was going on has to be looked at again. */
  private static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;

    Ended() {
      super(null, null, false, false);
    }
  }

  /**
   * Begins a history.
   *
   * @param purging whether deletions are purged; then each timestamp is greater than the ones
   *     before, or in some histories later than any that may have been purged, and what a user
   *     would see is compared, else every cell and tombstone
   */
  History(long seed, boolean purging, Defects defects) throws IOException {
    this.name = "seed " + seed + (purging ? ", purging" : "");
    this.random = new SplittableRandom(seed);
    this.purging = purging;
    // In some histories trouble is rare, so that much comes together before it.
    this.calm = random.nextInt(3) == 0 ? 2 + random.nextInt(30) : 1;
    this.defects = defects;
    this.world = new SimulatedWorld(random.nextLong());
    this.node = world.addNode();
    this.files = node.files();
    this.lanes = 1 + random.nextInt(4);
    EngineConfig.SyncMode[] modes = EngineConfig.SyncMode.values();
    this.syncMode = modes[random.nextInt(8) == 0 ? 2 : random.nextInt(2)];
    // What is lost for a while may come back later than deletions are kept.
    this.late = purging && !losesAcknowledged() && random.nextBoolean();
    node.clock().setDrift(random.nextInt(2000) - 1000);
    begin();
    Histories.Shape[] shapes = Histories.Shape.values();
    int first = random.nextInt(shapes.length);
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      Histories.Shape shape = shapes[(first + i) % shapes.length];
      Histories histories = new Histories(random, 1 + random.nextInt(10), shape);
      if (late) {
        histories.lag(() -> node.clock().wallSeconds());
      } else if (purging) {
        histories.ascend(() -> node.clock().wallSeconds());
      }
      HistoryTable table = new HistoryTable(shape, histories, defects.wrongAtTies());
      table.options = table.draw(random, new UUID(7, nextTable++), graceSeconds());
      tables.add(table);
      await(engine.putTable(table.options));
    }
  }

  /** What fails, and is written once more, may be some minutes old. */
  private long graceSeconds() {
    return !purging ? 0 : late ? 600 : 60;
  }

  private void begin() throws IOException {
    try {
      open();
    } catch (SimulatedCrash e) {
      begin();
    }
    files.neverStop();
  }

  private void open() throws IOException {
    EngineConfig base = EngineConfig.of("n", 1 << 20);
    EngineConfig config =
        new EngineConfig(
            base.dataDirectory(),
            base.commitLogDirectory(),
            syncMode,
            random.nextInt(3) * 100_000L,
            1_000_000,
            4096,
            16_384,
            64 * 1024,
            random.nextInt(3) * 20_000L,
            1 + random.nextInt(3),
            0);
    fatal = null;
    NodeRuntime real = node.start(lanes);
    if (random.nextInt(6) == 0) {
      files.stopAfter(1 + random.nextInt(60));
    }
    NodeRuntime runtime =
        new NodeRuntime(
            defects.clock().apply(real.clock()),
            real.scheduler(),
            real.network(),
            defects.files().apply(files),
            real.random(),
            true);
    engine =
        Engine.open(
            config,
            runtime,
            tableId -> horizon,
            cause -> fatal = cause,
            BlockCache.replayable(config.cacheBytes()),
            defects.format());
  }

  String describe() {
    return name + " after " + operations + " operations";
  }

  long operations() {
    return operations;
  }

  long kills() {
    return kills;
  }

  long powerFailures() {
    return powerFailures;
  }

  long hash() {
    return world.hash();
  }

  SplittableRandom random() {
    return random;
  }

  int lanes() {
    return lanes;
  }

  Engine engine() {
    return engine;
  }

  boolean losesAcknowledged() {
    return syncMode == EngineConfig.SyncMode.PERIODIC;
  }

  /** The time at which reads look. */
  long now() {
    return purging ? node.clock().wallSeconds() : NaiveStore.EVERYTHING;
  }

  // Waiting.

  private void until(BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (!node.isRunning() || fatal != null) {
        throw new Ended();
      }
      if (i > 2_000_000 || !world.step()) {
        throw new AssertionError(describe() + ": nothing more happens, and it is not done");
      }
    }
  }

  private <T> T await(CompletionStage<T> stage) {
    until(() -> stage.toCompletableFuture().isDone());
    if (!node.isRunning() || fatal != null) {
      throw new Ended();
    }
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (String.valueOf(e.getMessage()).contains("sync of")) {
        // Nobody knows what the disk holds now.
        throw new Ended();
      }
      throw e;
    }
  }

  private void letHappen(int most) {
    int steps = random.nextInt(most);
    for (int i = 0; i < steps && node.isRunning(); i++) {
      world.step();
    }
    checkRunning();
  }

  private void checkRunning() {
    if (!node.isRunning() || fatal != null) {
      throw new Ended();
    }
  }

  // Writing.

  private HistoryTable table() {
    return tables.get(random.nextInt(tables.size()));
  }

  private void write(HistoryTable table) {
    write(table, new Write(table.histories.update(table.id())));
  }

  void write(HistoryTable table, Write write) {
    table.add(write);
    give(table, write);
  }

  private void give(HistoryTable table, Write write) {
    operations++;
    write.lanes = lanes;
    LaneStore lane = engine.lane(engine.laneOf(write.token));
    write.waits = !lane.apply(write.token, write.update, cause -> done(table, write, cause));
  }

  /** For the recovery: writes what failed before, which the table does not know of yet. */
  void writeAgain(HistoryTable table, List<Write> again) {
    for (Write write : again) {
      give(table, write);
      until(() -> !write.waits);
      for (int i = 0; write.outcome == Outcome.FAILED; i++) {
        assertThat(i).as("%s: a write fails for ever", describe()).isLessThan(200);
        world.run(SECOND / 10);
        checkRunning();
        write.outcome = Outcome.PENDING;
        give(table, write);
        until(() -> !write.waits);
      }
    }
  }

  private void done(HistoryTable table, Write write, Throwable cause) {
    write.waits = false;
    if (cause == null) {
      write.outcome = Outcome.ACKNOWLEDGED;
      return;
    }
    boolean expected =
        fatal != null
            || cause instanceof OverloadedException
            || (diskMayFail && cause instanceof DiskFullException);
    if (!expected) {
      throw new AssertionError(describe() + ": a write failed", cause);
    }
    write.outcome = Outcome.FAILED;
    if (table.writes.remove(write)) {
      table.failed.add(write);
    }
  }

  /** Has the engine take rows beside the commit log while other things happen. */
  private void importRows(HistoryTable table) {
    // After a power failure a history of the periodic mode knows what may have gone by the order.
    if (!table.importing.isEmpty() || losesAcknowledged()) {
      return;
    }
    List<Write> batch = new ArrayList<>();
    Memtable rows = new Memtable();
    for (int i = random.nextInt(60); i >= 0; i--) {
      Write write = new Write(table.histories.update(table.id()));
      write.lanes = lanes;
      batch.add(write);
      rows.apply(write.token, new UpdateReader().wrap(write.update), 0);
    }
    operations += batch.size();
    table.importing = batch;
    engine
        .importRows(table.id(), new MergeCursor(List.of(rows.scan(PartitionRange.ALL)), true))
        .whenComplete((bytes, failure) -> imported(table, batch, failure));
  }

  @SuppressWarnings("ReferenceEquality") // Another import may bring the same.
  private void imported(HistoryTable table, List<Write> batch, Throwable failure) {
    if (!table.importing.equals(batch)) {
      // The table was truncated or dropped meanwhile, or the node has ended.
      return;
    }
    table.importing = List.of();
    if (failure == null) {
      for (Write write : batch) {
        write.outcome = Outcome.ACKNOWLEDGED;
        // It says nothing of what the log was given before.
        write.durable = true;
        table.add(write);
      }
    } else {
      batch.forEach(write -> write.outcome = Outcome.FAILED);
      table.failed.addAll(batch);
    }
  }

  /** What failed is written again until it does not; only then reads have to show it. */
  private void settle() {
    for (HistoryTable table : tables) {
      for (int i = 0; !table.failed.isEmpty(); i++) {
        assertThat(i).as("%s: writes fail for ever", describe()).isLessThan(200);
        for (int left = table.failed.size(); left > 0; left--) {
          write(table, new Write(table.failed.removeFirst().update));
          // Where nothing is to be done a step may take a minute.
          letHappen(late ? 1 : 20);
        }
        until(() -> tables.stream().allMatch(HistoryTable::isSettled));
        if (!table.failed.isEmpty()) {
          world.run(SECOND);
          checkRunning();
        }
      }
    }
  }

  // Reading.

  private List<String> read(int lane, ReadCommand command, long now, int limit) {
    operations++;
    TextSink sink = new TextSink(now, limit);
    engine.lane(lane).read(command, sink);
    until(sink::isOver);
    if (sink.failure() != null) {
      checkRunning();
    }
    return sink.lines();
  }

  List<String> scan(int lane, HistoryTable table, long now) {
    return read(
        lane,
        ReadCommand.range(table.id(), PartitionRange.ALL, Slices.ALL),
        now,
        Integer.MAX_VALUE);
  }

  private void check(HistoryTable table) {
    until(() -> table.importing.isEmpty() && table.writes.stream().noneMatch(w -> w.waits));
    if (!table.failed.isEmpty()) {
      settle();
    }
    int reads = 1 + random.nextInt(6);
    for (int i = 0; i < reads; i++) {
      checkPartition(table);
    }
    if (table.shape != Histories.Shape.COUNTERS) {
      checkOneRow(table);
    }
    if (random.nextInt(3) == 0) {
      checkRange(table);
    }
  }

  private void checkPartition(HistoryTable table) {
    byte[] key = table.histories.key();
    long token = Histories.token(key);
    Slices slices = table.histories.slices();
    boolean reversed = random.nextBoolean();
    int limit = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : Integer.MAX_VALUE;
    long now = now();
    List<String> expected =
        TextSink.limited(table.twin.read(token, key, slices, reversed, now), limit);
    ReadCommand command = purged(ReadCommand.partition(table.id(), key, token, slices, reversed));
    assertThat(read(engine.laneOf(token), command, now, limit))
        .describedAs(describe())
        .isEqualTo(expected);
  }

  private void checkRange(HistoryTable table) {
    byte[] key = table.histories.key();
    long token = Histories.token(key);
    PartitionRange range =
        random.nextBoolean()
            ? PartitionRange.ALL
            : new PartitionRange(
                token,
                random.nextBoolean() ? key : null,
                random.nextBoolean(),
                random.nextBoolean() ? Long.MAX_VALUE : Math.max(token, random.nextLong()));
    Slices slices = table.histories.slices();
    boolean reversed = random.nextInt(4) == 0;
    int limit = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : Integer.MAX_VALUE;
    long now = now();
    Map<Integer, List<String>> expected = new TreeMap<>();
    for (String block : HistoryRecovery.blocks(table.twin.scan(range, slices, reversed, now))) {
      int owner = engine.laneOf(Long.parseLong(block.split("[ \n]")[1]));
      expected
          .computeIfAbsent(owner, l -> new ArrayList<>())
          .addAll(TextSink.limited(Arrays.asList(block.split("\n")), limit));
    }
    for (int lane = 0; lane < lanes; lane++) {
      ReadCommand command =
          purged(
              new ReadCommand(table.id(), null, 0, range, slices, reversed, null, Long.MIN_VALUE));
      assertThat(read(lane, command, now, limit))
          .describedAs("%s, lane %d", describe(), lane)
          .isEqualTo(expected.getOrDefault(lane, List.of()));
    }
  }

  /** The same for a user, maybe without what a compaction could leave out. */
  private ReadCommand purged(ReadCommand command) {
    return purging && random.nextInt(3) == 0
        ? command.purged(now() - random.nextInt(200))
        : command;
  }

  /** Reads all files as a whole. */
  private void verifyFiles(HistoryTable table) {
    CheckedFile.Watcher watcher =
        new CheckedFile.Watcher() {
          @Override
          public void at(long doneBytes, long totalBytes) {}

          @Override
          public boolean isCancelled() {
            return false;
          }
        };
    assertThat(await(engine.check(table.id(), random.nextBoolean(), watcher)))
        .as(describe())
        .allMatch(file -> file.problem() == null);
  }

  /** From now on other deletions are everywhere, or compactions are slow, or end. */
  private void changeCompactions() {
    switch (random.nextInt(4)) {
      case 0 -> engine.compactionControl().setBytesPerSecond(random.nextInt(2) * 20_000L);
      case 1 -> engine.compactionControl().stop(progress -> random.nextBoolean());
      default -> {
        long[] seconds = {Long.MAX_VALUE, Long.MIN_VALUE, now() - 100};
        horizon =
            PurgeHorizon.of(
                new long[] {random.nextLong()},
                new long[] {seconds[random.nextInt(3)], seconds[random.nextInt(3)]});
      }
    }
  }

  /** A read that may stop early shows of the wanted columns what a whole one shows. */
  private void checkOneRow(HistoryTable table) {
    byte[] key = table.histories.key();
    long token = Histories.token(key);
    Slices row = Slices.row(table.histories.fullClustering());
    int[] columns = random.nextBoolean() ? new int[] {1, 2, 3} : new int[] {2};
    LaneStore lane = engine.lane(engine.laneOf(token));
    long now = purging ? now() : random.nextInt(2) * 10_000L;
    VisibleSink whole = new VisibleSink(columns, now);
    lane.read(ReadCommand.partition(table.id(), key, token, row, false), whole);
    VisibleSink early = new VisibleSink(columns, now);
    lane.read(ReadCommand.row(table.id(), key, token, row, columns), early);
    until(() -> whole.isOver() && early.isOver());
    operations += 2;
    assertThat(early.visible()).describedAs("%s: one row", describe()).isEqualTo(whole.visible());
    ComparedSink all = new ComparedSink();
    lane.read(ReadCommand.partition(table.id(), key, token, row, false), all);
    ComparedSink settled = new ComparedSink();
    lane.readSettled(ReadCommand.row(table.id(), key, token, row, columns), settled);
    until(() -> all.isOver() && settled.isOver());
    // What is not settled is read once more, maybe when a compaction has purged something.
    ComparedSink later = new ComparedSink();
    lane.read(ReadCommand.partition(table.id(), key, token, row, false), later);
    until(later::isOver);
    operations += 3;
    assertThat(settled.answer())
        .describedAs("%s: a settled row", describe())
        .isIn(all.settled(columns), later.settled(columns));
  }

  // The end of a process, and the next.

  private void restart(boolean powerMayFail) throws IOException {
    // After a failed sync the system's memory holds what the disk does not have and a later sync
    // does not write; who reads it may see it vanish with the power. So the power goes at once.
    boolean powerFails = powerMayFail || fatal != null;
    fatal = null;
    diskMayFail = false;
    for (HistoryTable table : tables) {
      // It may be there or not, like what failed.
      table.failed.addAll(table.importing);
      table.importing = List.of();
    }
    for (int attempt = 0; ; attempt++) {
      if (powerFails) {
        powerFailures++;
        node.crash();
      } else {
        kills++;
        node.kill();
      }
      files.setFull(false);
      files.setCapacity(Long.MAX_VALUE);
      files.setSyncFails(false);
      files.setLatency(0, 0);
      lanes = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : lanes;
      try {
        open();
        files.neverStop();
        recovery.verify(tables, powerFails);
        verifySnapshots();
        return;
      } catch (SimulatedCrash | Ended e) {
        assertThat(attempt).as("%s: restarts that fail", describe()).isLessThan(30);
        powerFails |= random.nextBoolean();
        letNothingRun();
      }
    }
  }

  private void letNothingRun() {
    if (node.isRunning()) {
      node.kill();
    }
  }

  /** For the recovery: drops and truncations that were under way are done again. */
  void repeatUnfinished(HistoryTable table) {
    if (table.dropping) {
      await(engine.dropTable(table.id()));
      create(table);
    } else if (table.truncating) {
      await(engine.truncate(table.id()));
      table.clear();
    }
    table.truncating = false;
  }

  private void create(HistoryTable table) {
    table.clear();
    table.options = table.draw(random, new UUID(7, nextTable++), graceSeconds());
    table.dropping = false;
    await(engine.putTable(table.options));
  }

  /** For the recovery: a table that was being made when the node ended is made again. */
  void putAgain(HistoryTable table) {
    await(engine.putTable(table.options));
  }

  private void close() throws IOException {
    await(engine.closeAsync());
    until(
        () ->
            tables.stream()
                .flatMap(t -> t.writes.stream())
                .noneMatch(w -> w.outcome == Outcome.PENDING));
    restart(false);
  }

  // Snapshots.

  private void snapshot(HistoryTable table) {
    String snapshot = "s" + operations;
    settleWrites();
    settle();
    List<byte[]> updates = table.writes.stream().map(w -> w.update).toList();
    await(engine.snapshot(table.id(), snapshot));
    if (!table.discarded) {
      restorable.add(new Restorable(table.id(), snapshot, updates));
    }
    String directory = "n/data/" + table.options.directoryName() + "/snapshots/" + snapshot;
    for (String file : files.list(directory)) {
      String path = directory + "/" + file;
      snapshotFiles.put(path, Arrays.hashCode(files.bytes(path)));
    }
    if (snapshotFiles.size() > 20) {
      clearSnapshot(table, snapshot, directory);
    }
  }

  /** Brings back what the table had when a snapshot was taken, while other things happen. */
  private void restore(HistoryTable table) {
    // What was deleted since, and purged, would live again.
    if (purging
        || !table.importing.isEmpty()
        || losesAcknowledged()
        || table.writes.size() > 1500) {
      return;
    }
    List<Restorable> own =
        restorable.stream().filter(one -> one.table().equals(table.id())).toList();
    if (own.isEmpty()) {
      return;
    }
    Restorable from = own.get(random.nextInt(own.size()));
    List<Write> batch = from.updates().stream().map(Write::new).toList();
    batch.forEach(write -> write.lanes = lanes);
    operations += batch.size();
    table.importing = batch;
    engine
        .restore(table.id(), List.of(), from.name())
        .whenComplete((files, failure) -> imported(table, batch, failure));
  }

  private void clearSnapshot(HistoryTable table, String snapshot, String directory) {
    restorable.removeIf(one -> one.name().equals(snapshot));
    snapshotFiles.keySet().removeIf(path -> path.startsWith(directory + "/"));
    await(engine.clearSnapshot(table.options.directoryName(), snapshot));
    assertThat(files.list(directory)).as(describe()).isEmpty();
  }

  private void verifySnapshots() {
    snapshotFiles.forEach(
        (path, hash) -> {
          assertThat(files.exists(path)).as("%s: %s", describe(), path).isTrue();
          assertThat(Arrays.hashCode(files.bytes(path)))
              .as("%s: %s", describe(), path)
              .isEqualTo(hash);
        });
  }

  // Trouble.

  private void fillTheDisk() {
    settleWrites();
    diskMayFail = true;
    if (random.nextBoolean()) {
      files.setFull(true);
    } else {
      long most = 1L << 40;
      files.setCapacity(most);
      files.setCapacity(most - files.usableBytes("n") + random.nextLong(8_000));
    }
    boolean atOnce = random.nextBoolean();
    for (int i = random.nextInt(20); i >= 0; i--) {
      write(table());
      letHappen(atOnce ? 1 : 10);
    }
    HistoryTable read = table();
    for (int lane = 0; lane < lanes; lane++) {
      scan(lane, read, now());
    }
    settleWrites();
    world.run(random.nextInt(3) * SECOND);
    checkRunning();
    files.setFull(false);
    files.setCapacity(Long.MAX_VALUE);
    // A flush that found no room is tried again after a second, also if no write failed.
    world.run(3 * SECOND);
    checkRunning();
    settle();
    diskMayFail = false;
    check(read);
  }

  private void settleWrites() {
    until(
        () ->
            tables.stream().allMatch(t -> t.importing.isEmpty())
                && tables.stream()
                    .flatMap(t -> t.writes.stream())
                    .noneMatch(w -> w.outcome == Outcome.PENDING));
  }

  private void truncate(HistoryTable table) {
    settleWrites();
    settle();
    table.truncating = true;
    CompletionStage<Void> truncated = engine.truncate(table.id());
    List<Write> beside = new ArrayList<>();
    table.doubtful = beside;
    for (int i = random.nextInt(2) * random.nextInt(20); i > 0; i--) {
      Write write = new Write(table.histories.update(table.id()));
      beside.add(write);
      give(table, write);
      letHappen(4);
    }
    await(truncated);
    until(() -> beside.stream().noneMatch(w -> w.outcome == Outcome.PENDING));
    if (beside.stream().anyMatch(w -> w.outcome == Outcome.FAILED)) {
      await(engine.truncate(table.id()));
      beside.clear();
    }
    List<Write> kept = new ArrayList<>();
    List<Write> unknown = new ArrayList<>();
    findTails(table, beside, kept, unknown);
    table.truncating = false;
    table.clear();
    kept.forEach(table::add);
    unknown.forEach(w -> write(table, new Write(w.update)));
  }

  /** Of what was written beside a truncation each lane has what came behind it there. */
  private void findTails(
      HistoryTable table, List<Write> beside, List<Write> kept, List<Write> unknown) {
    for (int lane = 0; lane < lanes; lane++) {
      int index = lane;
      List<Write> own = beside.stream().filter(w -> engine.laneOf(w.token) == index).toList();
      List<String> found = scan(lane, table, now());
      int least = -1;
      int most = -1;
      for (int k = own.size(); k >= 0; k--) {
        NaiveStore tail = table.newTwin();
        own.subList(k, own.size()).forEach(w -> tail.apply(w.token, w.update));
        if (tail.scan(PartitionRange.ALL, Slices.ALL, false, now()).equals(found)) {
          most = most < 0 ? k : most;
          least = k;
        }
      }
      assertThat(least).as("%s: beside a truncation of %s", describe(), own.size()).isNotNegative();
      kept.addAll(own.subList(most, own.size()));
      unknown.addAll(own.subList(least, most));
    }
  }

  private void discard(HistoryTable table) {
    settleWrites();
    settle();
    TokenRange range = new TokenRange(bound(table), bound(table));
    table.discarding = range;
    boolean flushed = random.nextBoolean();
    if (flushed) {
      await(engine.flush(table.id()));
    }
    CompletionStage<Void> discarded =
        flushed
            ? engine.discardFlushed(table.id(), () -> List.of(range))
            : engine.discard(table.id(), List.of(range));
    for (int i = random.nextInt(10); i > 0; i--) {
      Write write = new Write(table.histories.update(table.id()));
      if (!range.contains(write.token)) {
        write(table, write);
      }
      letHappen(4);
    }
    await(discarded);
    table.forget(range);
  }

  private long bound(HistoryTable table) {
    return Histories.token(table.histories.key()) - random.nextInt(2);
  }

  /** For the recovery: what was being discarded may have gone or not; from now on it has. */
  void discardAgain(HistoryTable table) {
    if (table.discarding != null) {
      await(engine.discard(table.id(), List.of(table.discarding)));
      table.forget(table.discarding);
    }
  }

  private void drop(HistoryTable table) {
    settleWrites();
    settle();
    table.dropping = true;
    await(engine.dropTable(table.id()));
    create(table);
  }

  private void changeOptions(HistoryTable table) {
    table.options = table.draw(random, table.id(), graceSeconds());
    await(engine.putTable(table.options));
  }

  private void step() throws IOException {
    if (purging && tables.stream().anyMatch(table -> !table.failed.isEmpty())) {
      // Deletions are not kept for ever for what is to come once more.
      settle();
    }
    HistoryTable table = table();
    operations++;
    switch (random.nextInt(80)) {
      case 0, 1, 2 -> await(engine.flush(random.nextBoolean() ? table.id() : null));
      case 3, 4 -> await(engine.compact(table.id()));
      case 5, 6, 7, 8, 9, 10 -> check(table);
      case 11, 12, 13, 14 -> {
        if (random.nextInt(calm) == 0) {
          trouble();
        } else {
          write(table);
        }
      }
      case 15 -> administer(table);
      case 16, 17, 18, 19 -> letHappen(100);
      case 20 -> {
        // What takes longer to be imported than deletions are kept comes back, as it would
        // anywhere.
        if (late) {
          settleWrites();
          settle();
        }
        if (purging && tables.stream().allMatch(t -> t.importing.isEmpty())) {
          node.clock().jump(random.nextInt(300) * (late ? 10 : 1) * 1_000_000L);
        }
      }
      default -> write(table);
    }
    checkRunning();
  }

  private void administer(HistoryTable table) {
    switch (random.nextInt(18)) {
      case 0 -> truncate(table);
      case 1 -> drop(table);
      case 2, 3, 4 -> changeOptions(table);
      case 5, 6 -> snapshot(table);
      case 7, 8 -> {
        if (!late) {
          fillTheDisk();
        }
      }
      case 9 -> files.setLatency(0, random.nextInt(3) * 4_000_000L);
      case 10 -> importRows(table);
      case 11, 12 -> discard(table);
      case 13, 14 -> restore(table);
      case 15 -> verifyFiles(table);
      case 16 -> changeCompactions();
      default -> {
        if (late) {
          settleWrites();
          settle();
        }
        world.run(random.nextLong(20 * SECOND));
      }
    }
  }

  private void trouble() throws IOException {
    switch (random.nextInt(5)) {
      case 0 -> {
        letHappen(60);
        restart(true);
      }
      case 1 -> {
        letHappen(60);
        restart(false);
      }
      case 2 -> close();
      case 3 -> files.stopAfter(1 + random.nextInt(200));
      default -> files.failOneSync(random.nextInt(20));
    }
  }

  /** Lets so many things happen, and looks at everything at the end. */
  History run(int steps) throws IOException {
    try {
      for (int i = 0; i < steps; i++) {
        attempt(this::step);
      }
      files.neverStop();
      files.setSyncFails(false);
      attempt(
          () -> {
            settleWrites();
            settle();
            for (HistoryTable table : tables) {
              checkRange(table);
              check(table);
            }
          });
      restart(true);
      verifySnapshots();
    } catch (RuntimeException | IOException e) {
      throw new AssertionError(describe(), e);
    }
    return this;
  }

  private interface Deed {
    void attempt() throws IOException;
  }

  private void attempt(Deed deed) throws IOException {
    try {
      deed.attempt();
    } catch (Ended | SimulatedCrash e) {
      restart(random.nextBoolean());
    }
  }
}

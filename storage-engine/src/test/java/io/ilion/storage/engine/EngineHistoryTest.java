package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateReader;
import io.ilion.storage.Histories;
import io.ilion.storage.LaneStore;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import io.ilion.storage.world.CrashFiles;
import io.ilion.storage.world.World;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Random histories with flushes, compactions, restarts and crashes, against the naive twin. */
class EngineHistoryTest {
  private static final UUID TABLE = new UUID(7, 8);

  /** One run of a history. */
  private static final class Run {
    private record Write(long token, byte[] update, boolean[] acknowledged) {}

    private final int seed;
    private final Random random;
    private final CrashFiles files = new CrashFiles();
    private final Histories histories;
    private final List<Write> writes = new ArrayList<>();
    private final Map<String, String> compression;
    private final boolean purging;

    /** Writes of which a crash left no sign whether they survived; they are written again. */
    private final List<Write> doubtful = new ArrayList<>();

    private int lanes;
    private World world;
    private Engine engine;

    Run(int seed, boolean purging) throws IOException {
      this.purging = purging;
      this.seed = seed;
      this.random = new Random(seed);
      this.histories = new Histories(random, 1 + random.nextInt(10));
      this.lanes = 1 + random.nextInt(3);
      if (purging) {
        histories.ascend();
      }
      String[] codecs = {"", "LZ4Compressor", "ZstdCompressor"};
      this.compression = Map.of("class", codecs[random.nextInt(3)]);
      open();
      world.await(
          engine.putTable(
              new TableOptions(
                  TABLE,
                  "t-1",
                  purging ? 0 : 864_000,
                  0.01,
                  Map.of("class", "x"),
                  compression,
                  1)));
    }

    private void open() throws IOException {
      world = new World(random, lanes);
      EngineConfig base = EngineConfig.of("n", 1 << 20);
      EngineConfig config =
          new EngineConfig(
              base.dataDirectory(),
              base.commitLogDirectory(),
              EngineConfig.SyncMode.GROUP,
              0,
              1_000_000,
              4096,
              16_384,
              64 * 1024,
              random.nextInt(3) * 20_000L,
              2,
              0);
      engine =
          Engine.open(
              config,
              world.runtime(files),
              cause -> {
                throw new AssertionError("seed " + seed + ": the node stopped", cause);
              });
    }

    private void write() {
      write(histories.update(TABLE));
    }

    private void write(byte[] update) {
      long token = Histories.token(new UpdateReader().wrap(update).partitionKey());
      Write write = new Write(token, update, new boolean[1]);
      writes.add(write);
      engine
          .lane(engine.laneOf(token))
          .apply(
              token,
              update,
              failure -> {
                assertThat(failure).isNull();
                write.acknowledged[0] = true;
              });
    }

    private List<String> read(int lane, ReadCommand command) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(command, sink);
      world.until(sink::isOver);
      return shown(sink.lines());
    }

    /** Where deletions may be purged, only what a user would see. */
    private List<String> shown(List<String> lines) {
      if (!purging) {
        return lines;
      }
      List<String> shown = new ArrayList<>();
      for (String line : lines) {
        String rest =
            line.replaceAll(" Deletion\\[[^]]*]", "")
                .replaceAll(" erased \\d+@\\d+", "")
                .replaceAll(" \\d+(\\[[0-9a-f]*])? gone@\\d+/0", "")
                .replaceAll(" (live|\\d+(\\[[0-9a-f]*])?=[0-9a-f]*)@\\d+/1\\d", "");
        boolean isHead = rest.startsWith("partition");
        if (isHead && !shown.isEmpty() && shown.getLast().startsWith("partition")) {
          shown.removeLast();
        }
        if (isHead || rest.indexOf(' ', "static".equals(rest) ? 0 : 4) > 0) {
          shown.add(rest);
        }
      }
      if (!shown.isEmpty() && shown.getLast().startsWith("partition")) {
        shown.removeLast();
      }
      return shown;
    }

    private NaiveStore twin(List<Write> of) {
      NaiveStore twin = new NaiveStore();
      of.forEach(w -> twin.apply(w.token, w.update));
      return twin;
    }

    private void check() {
      for (int i = 0; i < 4; i++) {
        checkOneRow();
      }
      byte[] key = histories.key();
      long token = Histories.token(key);
      Slices slices = histories.slices();
      boolean reversed = random.nextBoolean();
      NaiveStore twin = twin(writes);
      assertThat(
              read(
                  engine.laneOf(token), ReadCommand.partition(TABLE, key, token, slices, reversed)))
          .describedAs("seed %d after %d writes", seed, writes.size())
          .isEqualTo(shown(twin.read(token, key, slices, reversed)));
      for (int lane = 0; lane < lanes; lane++) {
        NaiveStore ofLane = twin(ofLane(writes, lane));
        assertThat(scan(lane, slices))
            .describedAs("seed %d, lane %d after %d writes", seed, lane, writes.size())
            .isEqualTo(shown(ofLane.scan(slices)));
      }
    }

    /** A read that may stop early shows of the wanted columns what a whole one shows. */
    private void checkOneRow() {
      byte[] key = histories.key();
      long token = Histories.token(key);
      Slices row = Slices.row(histories.fullClustering());
      int[] columns = random.nextBoolean() ? new int[] {1, 2, 3} : new int[] {2};
      LaneStore lane = engine.lane(engine.laneOf(token));
      for (long now : new long[] {purging ? 10_000 : 0, 10_000}) {
        VisibleSink whole = new VisibleSink(columns, now);
        lane.read(ReadCommand.partition(TABLE, key, token, row, false), whole);
        world.until(whole::isOver);
        VisibleSink early = new VisibleSink(columns, now);
        lane.read(ReadCommand.row(TABLE, key, token, row, columns), early);
        world.until(early::isOver);
        assertThat(early.visible())
            .describedAs("seed %d, one row after %d writes", seed, writes.size())
            .isEqualTo(whole.visible());
      }
    }

    private List<Write> ofLane(List<Write> of, int lane) {
      return of.stream().filter(w -> engine.laneOf(w.token) == lane).toList();
    }

    private List<String> scan(int lane, Slices slices) {
      return read(lane, ReadCommand.range(TABLE, PartitionRange.ALL, slices));
    }

    private void crash() throws IOException {
      int steps = random.nextInt(60);
      for (int i = 0; i < steps; i++) {
        world.step();
      }
      files.crash(random);
      int oldLanes = lanes;
      lanes = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : lanes;
      open();
      // Of what was not acknowledged a prefix survived, on each lane as it was then.
      List<Write> survivors = new ArrayList<>();
      List<List<Write>> byLane = new ArrayList<>();
      for (int i = 0; i < oldLanes; i++) {
        int lane = i;
        byLane.add(writes.stream().filter(w -> Engine.laneOf(w.token, oldLanes) == lane).toList());
      }
      List<String> found = new ArrayList<>();
      for (int lane = 0; lane < lanes; lane++) {
        found.addAll(scan(lane, Slices.ALL));
      }
      List<String> foundSorted = blocks(found);
      for (List<Write> ofLane : byLane) {
        survivors.addAll(surviving(ofLane, foundSorted));
      }
      writes.clear();
      writes.addAll(survivors);
      writes.forEach(w -> w.acknowledged[0] = true);
      doubtful.forEach(w -> write(w.update));
      doubtful.clear();
    }

    /** The lines of each partition as one. */
    private static List<String> blocks(List<String> lines) {
      List<String> blocks = new ArrayList<>();
      for (String line : lines) {
        if (line.startsWith("partition")) {
          blocks.add(line);
        } else {
          blocks.add(blocks.removeLast() + "\n" + line);
        }
      }
      return blocks;
    }

    private List<Write> surviving(List<Write> ofLane, List<String> found) {
      List<String> tokens = ofLane.stream().map(w -> "partition " + w.token + " ").toList();
      List<String> here =
          found.stream().filter(b -> tokens.stream().anyMatch(b::startsWith)).toList();
      int acknowledged = 0;
      for (int i = 0; i < ofLane.size(); i++) {
        if (ofLane.get(i).acknowledged[0]) {
          acknowledged = i + 1;
        }
      }
      List<String> closest = null;
      int least = -1;
      int most = -1;
      for (int k = acknowledged; k <= ofLane.size(); k++) {
        List<String> expected =
            new ArrayList<>(blocks(shown(twin(ofLane.subList(0, k)).scan(Slices.ALL))));
        List<String> sorted = here.stream().sorted().toList();
        expected.sort(null);
        if (expected.equals(sorted)) {
          least = least < 0 ? k : least;
          most = k;
        }
        closest = closest == null ? expected : closest;
      }
      if (least >= 0) {
        doubtful.addAll(ofLane.subList(least, most));
        return ofLane.subList(0, least);
      }
      assertThat(here.stream().sorted().toList())
          .describedAs(
              "seed %d: after a crash with %d writes acknowledged of %d; %s",
              seed, acknowledged, ofLane.size(), found)
          .isEqualTo(closest);
      throw new AssertionError("not reached");
    }

    private void step() throws IOException {
      switch (random.nextInt(40)) {
        case 0, 1 -> world.await(engine.flush(random.nextBoolean() ? TABLE : null));
        case 2 -> world.await(engine.compact(TABLE));
        case 3 -> check();
        case 4 -> crash();
        case 5 -> {
          world.await(engine.closeAsync());
          world.until(() -> writes.stream().allMatch(w -> w.acknowledged[0]));
          open();
        }
        case 6 -> {
          if (random.nextInt(5) == 0) {
            var truncated = engine.truncate(TABLE);
            world.await(truncated);
            writes.clear();
          }
        }
        case 7, 8 -> {
          int steps = random.nextInt(100);
          for (int i = 0; i < steps; i++) {
            world.step();
          }
        }
        default -> write();
      }
    }
  }

  @Test
  void agreesWithTheNaiveTwin() throws IOException {
    runAll(0, 120, false);
  }

  @Test
  void purgedDeletionsNeverBringAnythingBack() throws IOException {
    runAll(1000, 1080, true);
  }

  private static void runAll(int from, int to, boolean purging) throws IOException {
    for (int seed = from; seed < to; seed++) {
      try {
        Run run = new Run(seed, purging);
        for (int i = 0; i < 400; i++) {
          run.step();
        }
        run.check();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}

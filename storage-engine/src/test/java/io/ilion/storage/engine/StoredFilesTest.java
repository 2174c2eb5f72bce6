package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.Histories;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.StoredFiles;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** An engine that copies the files of others has in the copied ranges what one with all has. */
class StoredFilesTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final TokenRange ALL = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);

  /** One engine on a machine of its own. */
  private static final class Peer {
    final SimulatedWorld world;
    final Engine engine;
    final int lanes;

    Peer(SimulatedWorld world, int lanes) throws IOException {
      this.world = world;
      this.lanes = lanes;
      SimulatedNode node = world.addNode();
      engine =
          Engine.open(
              EngineConfig.of("n", 1 << 20),
              node.start(lanes),
              failure -> {
                throw new AssertionError(failure);
              });
      world.await(
          engine.putTable(
              new TableOptions(
                  TABLE,
                  "t-1",
                  1L << 40,
                  0.01,
                  Map.of("class", "SizeTieredCompactionStrategy", "min_threshold", "2"),
                  Map.of("class", "LZ4Compressor"),
                  1)));
    }

    void apply(byte[] update) {
      long token = Histories.token(new UpdateReader().wrap(update).partitionKey());
      SmallEngines.apply(world, engine, token, update);
    }

    /** What it has in some ranges. */
    List<String> lines(List<TokenRange> ranges) {
      List<String> lines = new ArrayList<>();
      for (TokenRange range : ranges) {
        for (int lane = 0; lane < lanes; lane++) {
          TextSink sink = new TextSink();
          PartitionRange asked = new PartitionRange(range.start() + 1, null, true, range.end());
          engine.lane(lane).read(ReadCommand.range(TABLE, asked, Slices.ALL), sink);
          world.until(sink::isOver);
          lines.addAll(sink.lines());
        }
      }
      return lines;
    }
  }

  /** The pieces of a held file, one after the other. */
  private static final class Pieces implements BlockSupply {
    private final StoredFiles files;
    private final int file;
    private final List<TokenRange> ranges;
    private final int bytes;
    private int range;
    private long block = -1;
    private ByteBuffer piece;
    private RuntimeException failure;

    Pieces(StoredFiles files, int file, List<TokenRange> ranges, int bytes) {
      this.files = files;
      this.file = file;
      this.ranges = ranges;
      this.bytes = bytes;
    }

    @Override
    public ByteBuffer take() {
      if (failure != null) {
        throw failure;
      }
      ByteBuffer taken = piece;
      piece = null;
      return taken;
    }

    @Override
    public boolean isOver() {
      return piece == null && range >= ranges.size();
    }

    @Override
    public void await(Runnable resume) {
      files
          .read(file, ranges, range, block, bytes)
          .whenComplete(
              (read, cause) -> {
                if (cause == null) {
                  piece = ByteBuffer.wrap(read);
                  range = piece.getInt(2);
                  block = piece.getLong(6);
                } else {
                  failure = new IllegalStateException(cause);
                }
                resume.run();
              });
    }

    @Override
    public void close() {
      range = ranges.size();
    }
  }

  private static List<TokenRange> ranges(SimulatedRandom random) {
    long[] bounds =
        LongStream.generate(random::bits)
            .limit(2 + 2L * random.below(12))
            .sorted()
            .distinct()
            .toArray();
    List<TokenRange> ranges = new ArrayList<>();
    for (int i = 0; i + 1 < bounds.length; i += 1 + random.below(2)) {
      ranges.add(new TokenRange(bounds[i], bounds[i + 1]));
    }
    return ranges;
  }

  @Test
  void whoCopiesTheFilesOfOthersHasWhatTheyHad() throws IOException {
    int lines = 0;
    for (long seed = 1; seed <= 40; seed++) {
      SimulatedRandom random = new SimulatedRandom(seed);
      SimulatedWorld world = new SimulatedWorld(seed);
      List<Peer> sources =
          List.of(new Peer(world, 1 + random.below(3)), new Peer(world, 1 + random.below(3)));
      int lanes = 1 + random.below(3);
      Peer target = new Peer(world, lanes);
      Peer all = new Peer(world, lanes);
      Histories.Shape shape = Histories.Shape.values()[random.below(3)];
      Histories histories = new Histories(random.split().generator(), 200, shape);
      for (int i = 100 + random.below(500); i > 0; i--) {
        byte[] update = histories.update(TABLE);
        int who = random.below(4);
        if (who != 1) {
          sources.get(0).apply(update);
        }
        if (who != 0) {
          sources.get(1).apply(update);
        }
        all.apply(update);
        if (random.oneIn(60)) {
          world.await(sources.get(random.below(2)).engine.flush(TABLE));
        }
      }
      List<TokenRange> ranges = ranges(random);
      List<StoredFiles> held = new ArrayList<>();
      List<PartitionCursor> cursors = new ArrayList<>();
      for (Peer source : sources) {
        StoredFiles files = world.await(source.engine.storedFiles(TABLE, true));
        held.add(files);
        for (int file = 0; file < files.count(); file++) {
          Pieces pieces = new Pieces(files, file, ranges, 1 + random.below(5000));
          cursors.add(target.engine.copied(ranges, pieces));
        }
      }
      // What is held stays, whatever the source does.
      sources.get(0).engine.compact(TABLE).whenComplete((done, stopped) -> {});
      if (random.oneIn(2)) {
        world.await(sources.get(1).engine.dropTable(TABLE));
      }
      world.await(target.engine.importRows(TABLE, new MergeCursor(cursors, true)));
      held.forEach(StoredFiles::close);
      List<String> expected = all.lines(ranges);
      assertThat(target.lines(ranges))
          .as("seed %d, %s, ranges %s", seed, shape, ranges)
          .isEqualTo(expected);
      assertThat(target.lines(List.of(ALL))).hasSameSizeAs(expected);
      lines += expected.size();
    }
    assertThat(lines).isGreaterThan(1000);
  }

  /** It may have been acknowledged by replicas that did not know of whoever copies. */
  @Test
  void whatWaitsForMemoryIsInTheFiles() throws IOException {
    SimulatedWorld world = new SimulatedWorld(2);
    Peer source = new Peer(world, 1);
    int[] open = new int[1];
    int waiting = 0;
    for (int i = 0; waiting < 20; i++) {
      byte[] key = ByteBuffer.allocate(4).putInt(i).array();
      UpdateWriter update = new UpdateWriter().begin(TABLE, key);
      update.rowWriter().liveness(1).cell(1, null, 1, 0, 0, new byte[1000]);
      byte[] bytes = update.row(new byte[] {0x20, 1}).toByteArray();
      open[0]++;
      boolean seen = source.engine.lane(0).apply(Murmur3.token(key), bytes, failure -> open[0]--);
      waiting += seen ? 0 : 1;
    }
    StoredFiles files = world.await(source.engine.storedFiles(TABLE, true));
    Peer target = new Peer(world, 1);
    List<PartitionCursor> cursors = new ArrayList<>();
    for (int file = 0; file < files.count(); file++) {
      cursors.add(target.engine.copied(List.of(ALL), new Pieces(files, file, List.of(ALL), 5000)));
    }
    world.await(target.engine.importRows(TABLE, new MergeCursor(cursors, true)));
    files.close();
    world.until(() -> open[0] == 0);
    assertThat(target.lines(List.of(ALL))).isEqualTo(source.lines(List.of(ALL)));
  }

  @Test
  void filesThatAreShownInPartAreNotCopied() throws IOException {
    SimulatedWorld world = new SimulatedWorld(1);
    Peer source = new Peer(world, 2);
    Histories histories = new Histories(new SimulatedRandom(1).generator(), 200);
    for (int i = 0; i < 300; i++) {
      source.apply(histories.update(TABLE));
    }
    world.await(source.engine.flush(TABLE));
    world.await(source.engine.discard(TABLE, List.of(new TokenRange(0, Long.MAX_VALUE))));
    assertThat(world.await(source.engine.storedFiles(TABLE, false))).isNull();
    world.until(() -> source.engine.isClean(TABLE));
    StoredFiles files = world.await(source.engine.storedFiles(TABLE, false));
    assertThat(files.count()).isPositive();
    files.close();
  }
}

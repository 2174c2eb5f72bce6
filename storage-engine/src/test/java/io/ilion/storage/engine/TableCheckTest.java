package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TextSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage is found wherever it is, and a scrub brings back all that it does not touch. */
class TableCheckTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final int KEYS = 300;
  private static final CheckedFile.Watcher NOBODY =
      new CheckedFile.Watcher() {
        @Override
        public void at(long doneBytes, long totalBytes) {
          assertThat(doneBytes).isBetween(0L, totalBytes);
        }

        @Override
        public boolean isCancelled() {
          return false;
        }
      };

  private SimulatedWorld world;
  private SimulatedNode node;
  private NodeRuntime runtime;
  private Engine engine;

  private EngineConfig config = EngineConfig.of("n", 8 << 20);

  private void open() throws IOException {
    open(1);
  }

  private void open(int lanes) throws IOException {
    runtime = node.start(lanes);
    engine =
        Engine.open(
            config,
            runtime,
            failure -> {
              throw new AssertionError(failure);
            });
  }

  private void begin(long seed) throws IOException {
    world = new SimulatedWorld(seed);
    node = world.addNode();
    open();
    world.await(
        engine.putTable(
            new TableOptions(
                TABLE,
                "t-1",
                0,
                0.01,
                Map.of("class", "SizeTieredCompactionStrategy"),
                Map.of("class", "LZ4Compressor"),
                1)));
  }

  private void put(int key, int rows, byte[] value) {
    byte[] bytes = ByteBuffer.allocate(4).putInt(key).array();
    UpdateWriter writer = new UpdateWriter().begin(TABLE, bytes);
    for (int row = 1; row <= rows; row++) {
      writer.rowWriter().liveness(1).cell(1, null, 1, 0, 0, value);
      writer.row(new byte[] {0x20, (byte) row});
    }
    boolean[] done = new boolean[1];
    engine
        .lane(0)
        .apply(
            Murmur3.token(bytes),
            writer.toByteArray(),
            failure -> {
              assertThat(failure).isNull();
              done[0] = true;
            });
    world.until(() -> done[0]);
  }

  private Set<String> partitions() {
    Set<String> found = new TreeSet<>();
    for (int lane = 0; lane < runtime.scheduler().laneCount(); lane++) {
      TextSink sink = new TextSink();
      engine.lane(lane).read(ReadCommand.range(TABLE, PartitionRange.ALL, Slices.ALL), sink);
      world.until(sink::isOver);
      sink.lines().stream().filter(line -> line.startsWith("partition")).forEach(found::add);
    }
    return found;
  }

  private List<CheckedFile> check(boolean scrubs) {
    return world.await(engine.check(TABLE, scrubs, NOBODY));
  }

  /** Also if the number of lanes has changed since, and none can rewrite what it owns. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aScrubKeepsWhatTheDamageDoesNotTouch(int lanes) throws IOException {
    for (long seed = 1; seed <= 8; seed++) {
      SimulatedRandom random = new SimulatedRandom(seed);
      begin(seed);
      for (int key = 0; key < KEYS; key++) {
        byte[] value = new byte[400];
        for (int i = 0; i < value.length; i++) {
          value[i] = (byte) random.bits();
        }
        put(key, 1 + random.below(3), value);
      }
      world.await(engine.flush(TABLE));
      Set<String> all = partitions();
      assertThat(all).hasSize(KEYS);
      assertThat(check(true))
          .singleElement()
          .satisfies(
              file -> {
                assertThat(file.problem()).isNull();
                assertThat(file.partitions()).isEqualTo(KEYS);
                assertThat(file.isScrubbed()).isFalse();
              });

      String path =
          "n/data/t-1/"
              + runtime.files().list("n/data/t-1").stream()
                  .filter(name -> name.startsWith("sstable"))
                  .findFirst()
                  .orElseThrow();
      node.crash();
      byte[] bytes = node.files().bytes(path);
      // Behind the rows stands what a file cannot even be opened without.
      bytes[random.below(bytes.length * 9 / 10)] ^= 1;
      node.files().setBytes(path, bytes);
      open(lanes);

      assertThat(check(false))
          .as("seed %d", seed)
          .singleElement()
          .satisfies(
              file -> {
                assertThat(file.problem()).isNotNull();
                assertThat(file.lostPartitions()).isBetween(1L, KEYS / 4L);
                assertThat(file.isScrubbed()).isFalse();
              });
      CheckedFile scrubbed = check(true).getFirst();
      assertThat(scrubbed.isScrubbed()).as("seed %d", seed).isTrue();
      Set<String> left = partitions();
      assertThat(all).as("seed %d", seed).containsAll(left);
      assertThat(left).as("seed %d", seed).hasSizeGreaterThan(KEYS * 3 / 4);
      world.until(() -> engine.isClean(TABLE));
      assertThat(partitions()).as("seed %d", seed).isEqualTo(left);
      node.crash();
      open(lanes);
      assertThat(partitions()).as("seed %d", seed).isEqualTo(left);
      assertThat(check(false))
          .as("seed %d", seed)
          .allSatisfy(file -> assertThat(file.problem()).isNull());
    }
  }

  @Test
  void aDamagedFileOfWhichSomethingIsDiscardedHoldsUpNoCompactions() throws IOException {
    begin(1);
    SimulatedRandom random = new SimulatedRandom(1);
    for (int key = 0; key < KEYS; key++) {
      byte[] value = new byte[400];
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) random.bits();
      }
      put(key, 1, value);
    }
    world.await(engine.flush(TABLE));
    long first = Long.MAX_VALUE;
    for (int key = 0; key < KEYS; key++) {
      first = Math.min(first, Murmur3.token(ByteBuffer.allocate(4).putInt(key).array()));
    }
    String path =
        "n/data/t-1/"
            + runtime.files().list("n/data/t-1").stream()
                .filter(name -> name.startsWith("sstable"))
                .findFirst()
                .orElseThrow();
    node.crash();
    byte[] bytes = node.files().bytes(path);
    // In the first block.
    bytes[100] ^= 1;
    node.files().setBytes(path, bytes);
    // The default of a node with up to three processors.
    config =
        new EngineConfig(
            config.dataDirectory(),
            config.commitLogDirectory(),
            EngineConfig.SyncMode.GROUP,
            0,
            1_000_000_000,
            1 << 20,
            1 << 22,
            1 << 20,
            1 << 20,
            1,
            0);
    open();
    // Nothing of the file is in this range.
    world.await(engine.discard(TABLE, List.of(new TokenRange(first, first + 1))));
    for (int flush = 0; flush < 8; flush++) {
      put(KEYS + flush, 1, new byte[10]);
      world.await(engine.flush(TABLE));
    }
    world.run(600_000_000_000L);
    assertThat(engine.statistics().get(0).sstables()).isLessThan(5);
  }
}

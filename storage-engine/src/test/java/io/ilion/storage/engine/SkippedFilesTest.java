package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TextSink;
import io.ilion.storage.world.CountingFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which files a read looks into: only those that may matter, by what is known of them. */
class SkippedFilesTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final long NEVER = 0;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final CountingFiles files = new CountingFiles(node.files());
  private Engine engine;

  @BeforeEach
  void open() throws IOException {
    NodeRuntime runtime = node.start(1);
    engine =
        Engine.open(
            SmallEngines.config(1 << 20, 0),
            new NodeRuntime(
                runtime.clock(),
                runtime.scheduler(),
                runtime.network(),
                files,
                runtime.random(),
                true),
            failure -> {
              throw new AssertionError(failure);
            });
    world.await(engine.putTable(SmallEngines.table(TABLE, 0)));
  }

  private static byte[] row(int n) {
    return new byte[] {0x20, (byte) n};
  }

  private static byte[] key(int n) {
    return new byte[] {(byte) n};
  }

  private void write(int key, Consumer<UpdateWriter> filler) {
    UpdateWriter writer = new UpdateWriter().begin(TABLE, key(key));
    filler.accept(writer);
    SmallEngines.apply(world, engine, Murmur3.token(key(key)), writer.toByteArray());
  }

  private void put(int key, int row, long timestamp, int... columns) {
    write(
        key,
        w -> {
          RowWriter image = w.rowWriter().liveness(timestamp);
          for (int column : columns) {
            image.cell(column, null, timestamp, 0, NEVER, new byte[50]);
          }
          w.row(row(row));
        });
  }

  private void flush() {
    world.await(engine.flush(TABLE));
  }

  /** The numbers of the files that a read looked into, the first flushed being 1. */
  private List<Integer> touched(ReadCommand command, int expectedRows) {
    return touched(command, expectedRows, new TextSink());
  }

  private List<Integer> touched(ReadCommand command, int expectedRows, TextSink sink) {
    files.takePaths();
    engine.lane(0).read(command, sink);
    world.until(sink::isOver);
    assertThat(sink.lines().stream().filter(l -> l.startsWith("row")).count())
        .isEqualTo(expectedRows);
    return files.takePaths().stream()
        .map(path -> Integer.parseInt(path.replaceAll(".*sstable-(\\d+)\\.v1", "$1")))
        .sorted()
        .toList();
  }

  /** As above, of a read that ends when it has found a number of rows. */
  private List<Integer> touchedFor(int rows, ReadCommand command) {
    return touched(command, rows, new TextSink(NaiveStore.EVERYTHING, rows));
  }

  private static ReadCommand slice(int key, int from, int to, boolean reversed) {
    Slices slices = new Slices(List.of(new Slices.Interval(row(from), row(to))));
    return ReadCommand.partition(TABLE, key(key), Murmur3.token(key(key)), slices, reversed);
  }

  private static ReadCommand row(int key, int row, int... columns) {
    return ReadCommand.row(TABLE, key(key), Murmur3.token(key(key)), Slices.row(row(row)), columns);
  }

  @Test
  void aSliceLooksOnlyWhereItsRowsMayBe() {
    for (int file = 0; file < 3; file++) {
      for (int i = 0; i < 10; i++) {
        put(1, file * 20 + i, 5, 1);
      }
      flush();
    }
    assertThat(touched(slice(1, 0, 100, false), 30)).containsExactly(1, 2, 3);
    assertThat(touched(slice(1, 22, 25, false), 3)).containsExactly(2);
    assertThat(touched(slice(1, 22, 25, true), 3)).containsExactly(2);
    assertThat(touched(slice(1, 5, 23, true), 8)).containsExactly(1, 2);
    assertThat(touched(slice(1, 29, 41, false), 2)).containsExactly(2, 3);
    assertThat(touched(slice(1, 30, 40, false), 0)).isEmpty();
    assertThat(touched(row(1, 41, 1), 1)).containsExactly(3);
    assertThat(touched(row(1, 99, 1), 0)).isEmpty();
    Slices some = new Slices(List.of(new Slices.Interval(row(0), row(10))));
    assertThat(touched(ReadCommand.range(TABLE, PartitionRange.ALL, some), 10)).containsExactly(1);
  }

  @Test
  void aReadWithALimitLooksOnlyAsFarAsItComes() {
    for (int file = 0; file < 3; file++) {
      for (int i = 0; i < 10; i++) {
        put(1, file * 10 + i, 5, 1);
      }
      flush();
    }
    assertThat(touchedFor(10, slice(1, 0, 100, false))).containsExactly(1);
    assertThat(touchedFor(11, slice(1, 0, 100, false))).containsExactly(1, 2);
    assertThat(touchedFor(10, slice(1, 0, 100, true))).containsExactly(3);
    assertThat(touchedFor(14, slice(1, 0, 24, true))).containsExactly(2, 3);
    assertThat(touchedFor(5, slice(1, 13, 100, false))).containsExactly(2);
    put(1, 0, 6, 1);
    put(1, 29, 6, 1);
    assertThat(touchedFor(1, slice(1, 0, 100, false))).containsExactly(1);
    assertThat(touchedFor(1, slice(1, 0, 100, true))).containsExactly(3);
    put(1, 40, 6, 1);
    assertThat(touchedFor(1, slice(1, 0, 100, true))).isEmpty();
  }

  @Test
  void aDeletionOfARangeBelongsToTheBoundsOfAFile() {
    put(1, 1, 5, 1);
    put(1, 26, 5, 1);
    flush();
    write(1, w -> w.rangeDeletion(row(3), row(24), 7, 1_000_000));
    flush();
    assertThat(touched(slice(1, 22, 25, false), 0)).containsExactly(1, 2);
    assertThat(touched(slice(1, 25, 28, false), 1)).containsExactly(1);
    assertThat(touched(slice(1, 25, 28, true), 1)).containsExactly(1);
    assertThat(touched(slice(1, 0, 2, false), 1)).containsExactly(1);
  }

  /** The bounds of a file are cut; whatever its last keys are like behind the cut, they are in. */
  @Test
  void theBoundsOfAFileHoldForKeysOfAnyLength() {
    for (int length : new int[] {255, 256, 257, 258, 300}) {
      for (int last : new int[] {0, 1, 0x7f, 0xfe, 0xff}) {
        int partition = length + last;
        byte[] key = new byte[length];
        Arrays.fill(key, (byte) last);
        key[0] = 0x20;
        byte[] partitionKey = {(byte) (partition >> 8), (byte) partition};
        UpdateWriter writer = new UpdateWriter().begin(TABLE, partitionKey);
        writer.rowWriter().liveness(5).cell(1, null, 5, 0, NEVER, new byte[5]);
        writer.row(key);
        long token = Murmur3.token(partitionKey);
        SmallEngines.apply(world, engine, token, writer.toByteArray());
        flush();
        int file = engine.statistics().get(0).sstables();
        assertThat(file).isPositive();
        for (boolean reversed : new boolean[] {false, true}) {
          ReadCommand command =
              ReadCommand.partition(TABLE, partitionKey, token, Slices.row(key), reversed);
          TextSink sink = new TextSink();
          engine.lane(0).read(command, sink);
          world.until(sink::isOver);
          assertThat(sink.lines()).as("%d bytes of %d", length, last).hasSize(2);
        }
        world.await(engine.truncate(TABLE));
      }
    }
  }

  @Test
  void aFileWithADeletedPartitionOrAStaticRowIsAlwaysLookedInto() {
    put(1, 10, 5, 1);
    flush();
    write(1, w -> w.partitionDeletion(6, 1_000_000));
    flush();
    assertThat(touched(slice(1, 50, 60, false), 0)).containsExactly(2);
    write(
        1,
        w -> {
          w.rowWriter().cell(9, null, 8, 0, NEVER, new byte[3]);
          w.staticRow();
        });
    flush();
    assertThat(touched(slice(1, 50, 60, false), 0)).containsExactly(2, 3);
  }

  @Test
  void aReadOfOneRowEndsWhereNothingOlderCanMatter() {
    put(1, 10, 5, 1, 2, 3);
    flush();
    put(1, 10, 6, 1, 2);
    flush();
    put(1, 10, 7, 1);
    flush();
    assertThat(touched(row(1, 10, 1), 1)).containsExactly(3);
    assertThat(touched(row(1, 10, 1, 2), 1)).containsExactly(2, 3);
    assertThat(touched(row(1, 10, 1, 3), 1)).containsExactly(1, 2, 3);
    assertThat(touched(row(1, 10, 4), 1)).containsExactly(1, 2, 3);
    assertThat(touched(slice(1, 10, 11, false), 1)).containsExactly(1, 2, 3);
    put(1, 10, 8, 1, 2, 3);
    assertThat(touched(row(1, 10, 1, 3), 1)).isEmpty();
  }

  @Test
  void aReadOfOneRowEndsAtADeletion() {
    put(1, 10, 5, 1);
    put(2, 10, 5, 1);
    put(3, 10, 5, 1);
    flush();
    write(1, w -> w.partitionDeletion(6, 1_000_000));
    write(2, w -> w.rangeDeletion(row(5), row(20), 6, 1_000_000));
    write(
        3,
        w -> {
          w.rowWriter().deletion(6, 1_000_000);
          w.row(row(10));
        });
    flush();
    for (int key = 1; key <= 3; key++) {
      assertThat(touched(row(key, 10, 1), key == 3 ? 1 : 0)).containsExactly(2);
    }
  }

  @Test
  void aFileWithoutThePartitionsTokenIsNotLookedInto() {
    List<Integer> byToken =
        java.util.stream.IntStream.range(0, 20)
            .boxed()
            .sorted(java.util.Comparator.comparingLong(k -> Murmur3.token(key(k))))
            .toList();
    for (int half = 0; half < 2; half++) {
      for (int key : byToken.subList(half * 10, half * 10 + 10)) {
        put(key, 1, 5, 1);
      }
      flush();
    }
    assertThat(touched(row(byToken.get(0), 1, 1), 1)).containsExactly(1);
    assertThat(touched(row(byToken.get(9), 1, 1), 1)).containsExactly(1);
    assertThat(touched(row(byToken.get(10), 1, 1), 1)).containsExactly(2);
    long last = Murmur3.token(key(byToken.get(9)));
    assertThat(
            touched(
                ReadCommand.range(TABLE, new PartitionRange(last, null, true, last), Slices.ALL),
                1))
        .containsExactly(1);
  }

  @Test
  void aFileThatExpiredAsAWholeIsDeletedUnread() {
    long expired = node.clock().wallMicros() / 1_000_000 - 10;
    write(
        1,
        w -> {
          w.rowWriter().liveness(5, 60, expired).cell(1, null, 5, 60, expired, new byte[10]);
          w.row(row(1));
        });
    files.takePaths();
    flush();
    put(2, 2, 9, 1);
    flush();
    world.until(() -> engine.statistics().get(0).sstables() == 1);
    // Each was read when it was opened: its header, footer, root and statistics; nothing more.
    assertThat(files.takeReads()).isLessThanOrEqualTo(8);
    assertThat(touched(slice(1, 0, 100, false), 0)).isEmpty();
    assertThat(touched(slice(2, 0, 100, false), 1)).containsExactly(2);
  }
}

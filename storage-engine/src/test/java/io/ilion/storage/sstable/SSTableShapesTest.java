package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.world.CountingFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Files of large shapes: what a read costs in reads of the file, and what stays in memory. */
class SSTableShapesTest {
  private static final int MILLION = 1_000_000;
  private static final byte[] KEY = {1, 2, 3};

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final Scheduler scheduler = node.start(1).scheduler();
  private final CountingFiles files = new CountingFiles(node.files());

  private static byte[] number(int n) {
    byte[] key = new byte[5];
    key[0] = 0x20;
    Bytes.putInt(key, 1, n);
    return key;
  }

  /** A key of 64 KiB that shares all but its end with others. */
  private static byte[] longKey(int n) {
    byte[] key = new byte[65_535];
    Arrays.fill(key, (byte) 0x41);
    Bytes.putInt(key, key.length - 4, n);
    return key;
  }

  private static Slices between(int from, int to) {
    return new Slices(List.of(new Slices.Interval(number(from), number(to))));
  }

  private SSTable write(GeneratedCursor source, String codec, long cacheBytes) throws IOException {
    files.createDirectories("t");
    SSTableFormat format =
        new SSTableFormat(files, scheduler.background(), new BlockCache(cacheBytes));
    TableOptions options =
        new TableOptions(new UUID(1, 2), "t", 0, 0.01, Map.of(), Map.of("class", codec), 1);
    SSTable table = (SSTable) format.write("t", 1, options, source);
    // The header, the footer, the root and the statistics.
    assertThat(files.takeReads()).isEqualTo(4);
    return table;
  }

  private static List<Integer> rows(PartitionCursor cursor, Slices slices, boolean reversed) {
    List<Integer> found = new ArrayList<>();
    try (cursor) {
      assertThat(cursor.next()).isEqualTo(PartitionCursor.Step.PARTITION);
      RowCursor rows = cursor.rows(slices, reversed);
      while (rows.next() == RowCursor.Step.ROW) {
        found.add(Bytes.getInt(rows.keyArray(), rows.keyOffset() + rows.keyLength() - 4));
      }
    }
    return found;
  }

  private List<Integer> read(SSTable table, Slices slices, boolean reversed) {
    return rows(table.partition(GeneratedCursor.token(0), KEY, slices, null), slices, reversed);
  }

  @Test
  void aPartitionOfAMillionRows() throws IOException {
    byte[] value = new byte[40];
    SSTable table =
        write(
            new GeneratedCursor(1, MILLION, p -> KEY, SSTableShapesTest::number, row -> value),
            "",
            0);
    assertThat(table.rows()).isEqualTo(MILLION);
    assertThat(table.bytes()).isGreaterThan(50 << 20);
    Random random = new Random(5);
    for (int i = 0; i < 50; i++) {
      int at = random.nextInt(MILLION - 20);
      // The page and the block of the head, then of the place, and maybe those behind it.
      assertThat(read(table, between(at, at + 1), false)).containsExactly(at);
      assertThat(files.takeReads()).isBetween(2, 4);
      assertThat(read(table, between(at, at + 3), false)).containsExactly(at, at + 1, at + 2);
      assertThat(files.bytesRead()).isLessThan(60_000);
      assertThat(files.takeReads()).isBetween(2, 6);
      assertThat(read(table, between(at, at + 3), true)).containsExactly(at + 2, at + 1, at);
      assertThat(files.takeReads()).isBetween(2, 6);
    }
    Slices end = between(MILLION - 2, MILLION + 5);
    assertThat(read(table, end, true)).containsExactly(MILLION - 1, MILLION - 2);
    assertThat(files.takeReads()).isLessThanOrEqualTo(4);
    assertThat(table.partition(0, new byte[] {9}, Slices.ALL, null)).isNull();
    assertThat(files.takeReads()).isZero();
    assertThat(read(table, between(400_000, 500_000), false)).hasSize(100_000).isSorted();
    assertThat(files.bytesRead()).isLessThan(table.bytes() / 9);
    assertThat(table.root().pages).isLessThan(150);
  }

  @Test
  void blocksInTheCacheAreNotReadAgain() throws IOException {
    byte[] value = new byte[40];
    SSTable table =
        write(
            new GeneratedCursor(1, 100_000, p -> KEY, SSTableShapesTest::number, row -> value),
            "LZ4Compressor",
            4 << 20);
    Slices slices = between(5_000, 5_001);
    for (int i = 0; i < 3; i++) {
      try (PartitionCursor cursor =
          table.partition(GeneratedCursor.token(0), KEY, slices, scheduler.lane(0))) {
        awaitPartition(cursor);
        RowCursor rows = cursor.rows(slices, false);
        assertThat(awaitRow(rows)).isTrue();
        assertThat(rows.keyLength()).isEqualTo(5);
      }
      assertThat(files.takeReads()).isEqualTo(i == 0 ? 3 : 0);
    }
  }

  @Test
  void blocksInSuccessionAreReadTogether() throws IOException {
    byte[] value = new byte[100];
    SSTable table =
        write(
            new GeneratedCursor(1, 100_000, p -> KEY, SSTableShapesTest::number, row -> value),
            "",
            2 << 20);
    for (boolean reversed : new boolean[] {false, true}) {
      for (Lane lane : new Lane[] {null, scheduler.lane(0)}) {
        int from = reversed ? 20_000 : 60_000;
        Slices slices = between(from, from + 20_000);
        List<Integer> found = new ArrayList<>();
        try (PartitionCursor cursor =
            table.partition(GeneratedCursor.token(0), KEY, slices, lane)) {
          awaitPartition(cursor);
          RowCursor rows = cursor.rows(slices, reversed);
          while (awaitRow(rows)) {
            found.add(Bytes.getInt(rows.keyArray(), rows.keyOffset() + 1));
          }
        }
        assertThat(found).hasSize(20_000).contains(from, from + 19_999);
        // Some 350 blocks of 8 KiB.
        assertThat(files.bytesRead()).isBetween(2_400_000L, 3_200_000L);
        assertThat(files.takeReads()).isBetween(40, 80);
      }
    }
  }

  @Test
  void aPlaceThatCannotBeReadFailsOnlyTheReadsThatNeedIt() throws IOException {
    byte[] value = new byte[100];
    SSTable table =
        write(
            new GeneratedCursor(1, 20_000, p -> KEY, SSTableShapesTest::number, row -> value),
            "",
            2 << 20);
    files.setUnreadable(table.bytes() / 2);
    int[] reached = new int[1];
    assertThatThrownBy(() -> countRows(table, between(5_000, 20_000), reached))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("t/sstable-1.v1 at offset");
    // What was read ahead before that held the place, too.
    int before = reached[0];
    assertThat(before).isBetween(4_000, 6_000);
    countRows(table, between(5_000, 5_000 + before - 1), reached);
    assertThat(reached[0]).isEqualTo(before - 1);
    countRows(table, between(5_000 + before + 200, 20_000), reached);
    assertThat(reached[0]).isEqualTo(15_000 - before - 200);
  }

  private void countRows(SSTable table, Slices slices, int[] count) {
    count[0] = 0;
    try (PartitionCursor cursor =
        table.partition(GeneratedCursor.token(0), KEY, slices, scheduler.lane(0))) {
      awaitPartition(cursor);
      RowCursor rows = cursor.rows(slices, false);
      while (awaitRow(rows)) {
        count[0]++;
      }
    }
  }

  private void awaitPartition(PartitionCursor cursor) {
    PartitionCursor.Step step = cursor.next();
    while (step == PartitionCursor.Step.BLOCKED) {
      boolean[] there = new boolean[1];
      cursor.awaitBlock(() -> there[0] = true);
      world.until(() -> there[0]);
      step = cursor.next();
    }
    assertThat(step).isEqualTo(PartitionCursor.Step.PARTITION);
  }

  private boolean awaitRow(RowCursor rows) {
    RowCursor.Step step = rows.next();
    while (step == RowCursor.Step.BLOCKED) {
      boolean[] there = new boolean[1];
      rows.awaitBlock(() -> there[0] = true);
      world.until(() -> there[0]);
      step = rows.next();
    }
    return step == RowCursor.Step.ROW;
  }

  @Test
  void manyPartitionsAndAsManyAbsentOnes() throws IOException {
    byte[] value = new byte[100];
    int count = 300_000;
    SSTable table =
        write(
            new GeneratedCursor(
                count, 1, SSTableShapesTest::number, row -> new byte[0], row -> value),
            "",
            0);
    int absentReads = 0;
    Random random = new Random(6);
    for (int i = 0; i < 2_000; i++) {
      int at = random.nextInt(count);
      try (PartitionCursor cursor =
          table.partition(GeneratedCursor.token(at), number(at), Slices.ALL, null)) {
        assertThat(cursor.next()).isEqualTo(PartitionCursor.Step.PARTITION);
      }
      assertThat(files.takeReads()).isEqualTo(2);
      try (PartitionCursor cursor =
          table.partition(GeneratedCursor.token(at) + 1, number(at), Slices.ALL, null)) {
        if (cursor != null) {
          assertThat(cursor.next()).isEqualTo(PartitionCursor.Step.END);
        }
      }
      absentReads += files.takeReads();
    }
    // One page each, and a block where the filter errs, for which it has a chance of 1%.
    assertThat(absentReads).isBetween(1_990, 2_050);
    long inMemory = table.root().pages * 100L;
    assertThat(inMemory).isLessThan(table.bytes() / 3_000);
  }

  @Test
  void rowsOf16Megabytes() throws IOException {
    Random random = new Random(7);
    byte[] value = new byte[16 << 20];
    byte[] noise = new byte[1 << 20];
    random.nextBytes(noise);
    System.arraycopy(noise, 0, value, 5_000_000, noise.length);
    for (String codec : List.of("", "LZ4Compressor", "ZstdCompressor")) {
      SSTable table =
          write(
              new GeneratedCursor(
                  1,
                  4,
                  p -> KEY,
                  SSTableShapesTest::number,
                  row -> {
                    Bytes.putInt(value, 12_345_678, row + 77);
                    return value;
                  }),
              codec,
              1 << 20);
      for (int row = 3; row >= 0; row--) {
        try (PartitionCursor cursor =
            table.partition(GeneratedCursor.token(0), KEY, Slices.ALL, null)) {
          assertThat(cursor.next()).isEqualTo(PartitionCursor.Step.PARTITION);
          RowCursor rows = cursor.rows(between(row, row + 1), row % 2 == 0);
          assertThat(rows.next()).isEqualTo(RowCursor.Step.ROW);
          RowReader image =
              new RowReader().wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
          assertThat(image.nextCell()).isTrue();
          assertThat(image.valueLength()).isEqualTo(16 << 20);
          assertThat(Bytes.getInt(image.array(), image.valueOffset() + 12_345_678))
              .isEqualTo(row + 77);
        }
      }
      table.markObsolete();
      table.release();
      world.until(() -> isGone());
      files.takeReads();
    }
  }

  private boolean isGone() {
    try {
      return files.list("t").isEmpty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void partitionKeysOf64Kilobytes() throws IOException {
    byte[] value = new byte[10];
    SSTable table =
        write(
            new GeneratedCursor(
                300, 3, SSTableShapesTest::longKey, SSTableShapesTest::number, row -> value),
            "",
            0);
    for (int p = 0; p < 300; p += 7) {
      Slices one = between(1, 2);
      assertThat(rows(table.partition(GeneratedCursor.token(p), longKey(p), one, null), one, false))
          .containsExactly(1);
    }
    int found = 0;
    try (PartitionCursor cursor = table.scan(PartitionRange.ALL, Slices.ALL, null)) {
      while (cursor.next() == PartitionCursor.Step.PARTITION) {
        assertThat(cursor.partitionKey()).isEqualTo(longKey(found));
        found++;
      }
    }
    assertThat(found).isEqualTo(300);
    assertThat(keyBytes(table)).isLessThan(1_000);
  }

  @Test
  void clusteringKeysOf64Kilobytes() throws IOException {
    byte[] value = new byte[10];
    SSTable table =
        write(
            new GeneratedCursor(1, 300, p -> longKey(7), SSTableShapesTest::longKey, row -> value),
            "LZ4Compressor",
            0);
    for (int row = 0; row < 300; row += 7) {
      Slices one = Slices.row(longKey(row));
      assertThat(
              rows(
                  table.partition(GeneratedCursor.token(0), longKey(7), one, null),
                  one,
                  row % 2 == 0))
          .containsExactly(row);
    }
    // Keys that differ at their end only cannot be told by less; but pages lead to many blocks.
    assertThat(keyBytes(table)).isLessThan(10 * 2 * 65_536);
  }

  private static long keyBytes(SSTable table) {
    RootIndex root = table.root();
    Set<byte[]> keys = Collections.newSetFromMap(new IdentityHashMap<>());
    long sum = 0;
    for (int i = 0; i < root.pages; i++) {
      keys.add(root.keys[i]);
      sum += root.positions[i] == null ? 0 : root.positions[i].length;
    }
    return sum + keys.stream().mapToLong(key -> key.length).sum();
  }
}

package io.ilion.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.Histories;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.NaiveStore;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TextSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MemtableTest {
  private static final UUID TABLE = new UUID(1, 2);

  private static List<String> read(List<PartitionCursor> sources, Slices slices, boolean reversed) {
    TextSink sink = new TextSink();
    RowReader reader = new RowReader();
    try (MergeCursor cursor = new MergeCursor(sources, false)) {
      while (cursor.next() == PartitionCursor.Step.PARTITION) {
        boolean announced = false;
        byte[] fixed = cursor.staticRow();
        if (fixed != null || !cursor.partitionDeletion().isNone()) {
          announced = true;
          sink.partition(cursor.token(), cursor.partitionKey(), cursor.partitionDeletion());
          if (fixed != null) {
            sink.staticRow(reader.wrap(fixed));
          }
        }
        RowCursor rows = cursor.rows(slices, reversed);
        while (rows.next() == RowCursor.Step.ROW) {
          if (!announced) {
            announced = true;
            sink.partition(cursor.token(), cursor.partitionKey(), cursor.partitionDeletion());
          }
          reader.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
          sink.row(rows.keyArray(), rows.keyOffset(), rows.keyLength(), reader);
        }
      }
    }
    sink.finished();
    return sink.lines();
  }

  @Test
  void agreesWithTheNaiveTwinInOneMemtableOrSeveral() {
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      Histories histories = new Histories(random, 1 + random.nextInt(12));
      int count = 1 + random.nextInt(4);
      List<Memtable> memtables = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        memtables.add(new Memtable());
      }
      NaiveStore naive = new NaiveStore();
      int updates = 1 + random.nextInt(300);
      for (int i = 0; i < updates; i++) {
        byte[] update = histories.update(TABLE);
        UpdateReader reader = new UpdateReader().wrap(update);
        long token = Histories.token(reader.partitionKey());
        memtables.get(random.nextInt(count)).apply(token, reader, i);
        naive.apply(token, update);
        if (i % 20 == 0) {
          byte[] key = histories.key();
          Slices slices = histories.slices();
          boolean reversed = random.nextBoolean();
          List<PartitionCursor> sources = new ArrayList<>();
          for (Memtable memtable : memtables) {
            PartitionCursor cursor = memtable.partition(Histories.token(key), key);
            if (cursor != null) {
              sources.add(cursor);
            }
          }
          assertThat(read(sources, slices, reversed))
              .describedAs("seed %d, update %d", seed, i)
              .isEqualTo(naive.read(Histories.token(key), key, slices, reversed));
        }
      }
      List<PartitionCursor> sources = new ArrayList<>();
      for (Memtable memtable : memtables) {
        sources.add(memtable.scan(PartitionRange.ALL));
      }
      assertThat(read(sources, Slices.ALL, false))
          .describedAs("seed %d", seed)
          .isEqualTo(naive.scan(Slices.ALL));
    }
  }

  @Test
  void markersDescribeTheSameDeletionsInBothDirections() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      Histories histories = new Histories(random, 1);
      Memtable memtable = new Memtable();
      for (int i = 0; i < 60; i++) {
        byte[] update = histories.update(TABLE);
        memtable.apply(7, new UpdateReader().wrap(update), i);
      }
      List<String> forwards = walk(memtable, false);
      List<String> backwards = walk(memtable, true);
      assertThat(backwards.reversed()).describedAs("seed %d", seed).isEqualTo(forwards);
    }
  }

  private static List<String> walk(Memtable memtable, boolean reversed) {
    List<String> steps = new ArrayList<>();
    MergeCursor cursor = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true);
    while (cursor.next() == PartitionCursor.Step.PARTITION) {
      RowCursor rows = cursor.rows(Slices.ALL, reversed);
      for (RowCursor.Step s = rows.next(); s != RowCursor.Step.END; s = rows.next()) {
        String key =
            java.util.HexFormat.of()
                .formatHex(rows.keyArray(), rows.keyOffset(), rows.keyOffset() + rows.keyLength());
        steps.add(
            s == RowCursor.Step.ROW ? key : key + " " + rows.before() + " -> " + rows.after());
      }
    }
    return steps;
  }

  @Test
  void cursorsFindTheirPlaceAgainAfterWrites() {
    Memtable memtable = new Memtable();
    for (int i = 0; i < 1000; i += 2) {
      put(memtable, i);
    }
    for (boolean reversed : new boolean[] {false, true}) {
      PartitionCursor partition = memtable.partition(5, new byte[] {9});
      assertThat(partition.next()).isEqualTo(PartitionCursor.Step.PARTITION);
      RowCursor rows = partition.rows(Slices.ALL, reversed);
      List<Integer> seen = new ArrayList<>();
      int added = 1;
      while (rows.next() == RowCursor.Step.ROW) {
        seen.add(
            (rows.keyArray()[rows.keyOffset() + 1] & 0xff) << 8
                | (rows.keyArray()[rows.keyOffset() + 2] & 0xff));
        put(memtable, added % 1000);
        added += 14;
      }
      assertThat(seen.stream().filter(n -> n % 2 == 0)).hasSize(500);
      List<Integer> sorted = seen.stream().sorted().distinct().toList();
      assertThat(reversed ? seen.reversed() : seen).isEqualTo(sorted);
    }
  }

  private static void put(Memtable memtable, int row) {
    UpdateWriter writer = new UpdateWriter();
    writer.begin(TABLE, new byte[] {9});
    writer.rowWriter().liveness(3);
    writer.row(new byte[] {0x20, (byte) (row >> 8), (byte) row});
    byte[] update = writer.toByteArray();
    memtable.apply(5, new UpdateReader().wrap(update), row);
  }

  @Test
  void manySmallUpdatesOfOneRowStayShort() {
    Memtable memtable = new Memtable();
    UpdateWriter writer = new UpdateWriter();
    int cells = 20_000;
    for (int i = 0; i < cells; i++) {
      writer.begin(TABLE, new byte[] {1});
      RowWriter row = writer.rowWriter();
      byte[] path = {(byte) (i >> 16), (byte) (i >> 8), (byte) i};
      row.cell(4, path, 10, 0, 0, new byte[20]);
      writer.row(new byte[] {});
      byte[] update = writer.toByteArray();
      memtable.apply(1, new UpdateReader().wrap(update), i);
    }
    PartitionCursor cursor = memtable.partition(1, new byte[] {1});
    cursor.next();
    RowCursor rows = cursor.rows(Slices.ALL, false);
    assertThat(rows.next()).isEqualTo(RowCursor.Step.ROW);
    RowReader reader =
        new RowReader().wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
    int count = 0;
    while (reader.nextCell()) {
      count++;
    }
    assertThat(count).isEqualTo(cells);
    // The last merge has all of it; what is before that is at most as long again.
    assertThat(memtable.bytes()).isBetween(cells * 30L, cells * 100L);
  }

  @Test
  void whatTheMemtableKeepsIsNotTheUpdate() {
    for (int valueBytes : new int[] {20, 300, 100_000}) {
      Memtable memtable = new Memtable();
      UpdateWriter writer = new UpdateWriter();
      writer.begin(TABLE, new byte[] {1, 2});
      writer.rowWriter().liveness(1).cell(4, null, 1, 0, 0, new byte[valueBytes]);
      writer.row(new byte[] {7});
      byte[] update = writer.toByteArray();
      memtable.apply(1, new UpdateReader().wrap(update), 1);
      Arrays.fill(update, (byte) 0x55);
      PartitionCursor cursor = memtable.partition(1, new byte[] {1, 2});
      assertThat(cursor.next()).isEqualTo(PartitionCursor.Step.PARTITION);
      assertThat(cursor.partitionKey()).containsExactly(1, 2);
      RowCursor rows = cursor.rows(Slices.ALL, false);
      assertThat(rows.next()).isEqualTo(RowCursor.Step.ROW);
      assertThat(rows.keyArray()[rows.keyOffset()]).isEqualTo((byte) 7);
      RowReader reader =
          new RowReader().wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
      assertThat(reader.nextCell()).isTrue();
      assertThat(reader.value()).containsOnly(0).hasSize(valueBytes);
    }
  }

  @Test
  void aRowThatIsWrittenAgainAndAgainDoesNotFillTheMemtable() {
    Memtable memtable = new Memtable();
    UpdateWriter writer = new UpdateWriter();
    for (int i = 0; i < 10_000; i++) {
      writer.begin(TABLE, new byte[] {1});
      writer.rowWriter().cell(4, null, i, 0, 0, new byte[100]);
      writer.row(new byte[] {});
      memtable.apply(1, new UpdateReader().wrap(writer.toByteArray()), i);
    }
    assertThat(memtable.bytes()).isBetween(100L, 4_096L);
  }
}

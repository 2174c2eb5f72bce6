package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowWriter;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Random files against plain lists: rows and deletions at random positions, many of which are
 * prefixes of others, partitions of equal tokens, reads of random slices in both directions that
 * stop anywhere.
 *
 * <p>{@code -Dilion.soak=true} tries fifty times as many.
 */
class SSTableReadsTest {
  private static final UUID TABLE = new UUID(1, 2);
  private static final Comparator<byte[]> BYTES = Arrays::compareUnsigned;
  private static final byte[] TOP = {(byte) 0xff};

  private Random random;
  private SimulatedWorld world;
  private Scheduler scheduler;

  /** A position; short, of few different bytes, now and then very long. None is behind all. */
  private byte[] position() {
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(100) == 0 ? 600 : 6)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(i == 0 ? 5 : 6) * 51);
    }
    return bytes;
  }

  private byte[] image() {
    int most = random.nextInt(40) == 0 ? 80_000 : random.nextInt(10) == 0 ? 9_000 : 150;
    byte[] value = new byte[random.nextInt(most)];
    Arrays.fill(value, (byte) random.nextInt());
    return new RowWriter().liveness(7).cell(1, null, 7, 0, 0, value).toByteArray();
  }

  private Deletion deletion() {
    return new Deletion(random.nextInt(1_000), random.nextInt(1_000));
  }

  private ListCursor.Partition partition(long token, byte[] key) {
    TreeMap<byte[], byte[]> rows = new TreeMap<>(BYTES);
    TreeSet<byte[]> bounds = new TreeSet<>(BYTES);
    int rowCount = random.nextInt(random.nextInt(4) == 0 ? 2_000 : 30);
    for (int i = 0; i < rowCount; i++) {
      rows.put(position(), image());
    }
    int boundCount = random.nextBoolean() ? 0 : random.nextInt(1 + rowCount);
    for (int i = 0; i < boundCount; i++) {
      bounds.add(position());
    }
    List<ListCursor.Entry> entries = new ArrayList<>();
    TreeSet<byte[]> positions = new TreeSet<>(BYTES);
    positions.addAll(rows.keySet());
    positions.addAll(bounds);
    Deletion open = Deletion.NONE;
    for (byte[] at : positions) {
      if (bounds.contains(at)) {
        boolean closes =
            Arrays.equals(at, bounds.last()) || (!open.isNone() && random.nextBoolean());
        Deletion after = closes ? Deletion.NONE : deletion();
        if (!after.equals(open)) {
          entries.add(new ListCursor.Entry(at, null, open, after));
          open = after;
        }
      }
      byte[] image = rows.get(at);
      if (image != null) {
        entries.add(new ListCursor.Entry(at, image, Deletion.NONE, Deletion.NONE));
      }
    }
    if (!open.isNone()) {
      entries.add(new ListCursor.Entry(TOP, null, open, Deletion.NONE));
    }
    byte[] staticRow = random.nextInt(3) == 0 ? image() : null;
    boolean deleted = random.nextInt(3) == 0 || (staticRow == null && entries.isEmpty());
    return new ListCursor.Partition(
        token, key, deleted ? deletion() : Deletion.NONE, staticRow, entries);
  }

  private List<ListCursor.Partition> partitions() {
    TreeMap<Long, TreeSet<byte[]>> keys = new TreeMap<>();
    int count = 1 + random.nextInt(60);
    for (int i = 0; i < count; i++) {
      byte[] key = new byte[random.nextInt(20) == 0 ? 20_000 : 1 + random.nextInt(8)];
      random.nextBytes(key);
      keys.computeIfAbsent(token(), t -> new TreeSet<>(BYTES)).add(key);
    }
    List<ListCursor.Partition> partitions = new ArrayList<>();
    keys.forEach((token, those) -> those.forEach(key -> partitions.add(partition(token, key))));
    return partitions;
  }

  /** One of few, so that some partitions share theirs. */
  private long token() {
    return switch (random.nextInt(12)) {
      case 0 -> Long.MIN_VALUE + 1;
      case 1 -> Long.MAX_VALUE;
      default -> (random.nextInt(30) - 15) * 1_000L;
    };
  }

  private Slices slices(ListCursor.Partition partition) {
    if (random.nextInt(4) == 0) {
      return Slices.ALL;
    }
    TreeSet<byte[]> bounds = new TreeSet<>(BYTES);
    int count = random.nextInt(5) * 2;
    for (int i = 0; i < count; i++) {
      byte[] bound = position();
      if (!partition.entries().isEmpty() && random.nextBoolean()) {
        bound =
            partition.entries().get(random.nextInt(partition.entries().size())).position().clone();
      }
      bounds.add(random.nextInt(4) == 0 ? Slices.behind(bound) : bound);
    }
    if (random.nextInt(4) == 0) {
      bounds.add(new byte[0]);
    }
    if (random.nextInt(4) == 0) {
      bounds.add(TOP);
    }
    List<Slices.Interval> intervals = new ArrayList<>();
    byte[] from = null;
    for (byte[] bound : bounds) {
      if (from == null) {
        from = bound;
      } else {
        intervals.add(new Slices.Interval(from, bound));
        // The next slice may begin where this one ends.
        from = random.nextInt(3) == 0 ? bound : null;
      }
    }
    return new Slices(intervals);
  }

  private static String text(ListCursor.Entry entry) {
    String position = HexFormat.of().formatHex(entry.position());
    return entry.image() == null
        ? position + " " + entry.before() + " " + entry.after()
        : position + " row of " + entry.image().length + " " + Arrays.hashCode(entry.image());
  }

  private PartitionCursor.Step next(PartitionCursor cursor) {
    PartitionCursor.Step step = cursor.next();
    while (step == PartitionCursor.Step.BLOCKED) {
      boolean[] there = new boolean[1];
      cursor.awaitBlock(() -> there[0] = true);
      world.until(() -> there[0]);
      step = cursor.next();
    }
    return step;
  }

  /** As many entries as there are, but no more than a limit. */
  private List<String> read(RowCursor rows, int limit) {
    List<String> found = new ArrayList<>();
    while (found.size() < limit) {
      RowCursor.Step step = rows.next();
      switch (step) {
        case END -> {
          return found;
        }
        case BLOCKED -> {
          boolean[] there = new boolean[1];
          rows.awaitBlock(() -> there[0] = true);
          world.until(() -> there[0]);
        }
        default -> {
          byte[] position = copy(rows.keyArray(), rows.keyOffset(), rows.keyLength());
          found.add(
              text(
                  step == RowCursor.Step.MARKER
                      ? new ListCursor.Entry(position, null, rows.before(), rows.after())
                      : new ListCursor.Entry(
                          position,
                          copy(rows.imageArray(), rows.imageOffset(), rows.imageLength()),
                          null,
                          null)));
        }
      }
    }
    return found;
  }

  private static byte[] copy(byte[] array, int offset, int length) {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  private static List<String> expected(
      ListCursor.Partition partition, Slices slices, boolean reversed, int limit) {
    return partition.read(slices, reversed).stream()
        .limit(limit)
        .map(SSTableReadsTest::text)
        .toList();
  }

  private void readPartition(
      TableFile file, ListCursor.Partition partition, Slices slices, String what) {
    boolean reversed = random.nextBoolean();
    int limit = random.nextInt(3) == 0 ? random.nextInt(10) : Integer.MAX_VALUE;
    Lane lane = random.nextBoolean() ? scheduler.lane(0) : null;
    List<String> expected = expected(partition, slices, reversed, limit);
    try (PartitionCursor cursor =
        file.partition(partition.token(), partition.key(), slices, lane)) {
      if (cursor == null) {
        assertThat(expected).describedAs(what).isEmpty();
        assertThat(partition.staticRow()).describedAs(what).isNull();
        assertThat(partition.deletion()).describedAs(what).isEqualTo(Deletion.NONE);
        return;
      }
      assertThat(next(cursor)).describedAs(what).isEqualTo(PartitionCursor.Step.PARTITION);
      assertHead(cursor, partition, what);
      assertThat(read(cursor.rows(slices, reversed), limit)).describedAs(what).isEqualTo(expected);
      if (random.nextBoolean()) {
        assertThat(next(cursor)).describedAs(what).isEqualTo(PartitionCursor.Step.END);
      }
    }
  }

  private static void assertHead(
      PartitionCursor cursor, ListCursor.Partition partition, String what) {
    assertThat(cursor.token()).describedAs(what).isEqualTo(partition.token());
    assertThat(cursor.partitionKey()).describedAs(what).isEqualTo(partition.key());
    assertThat(cursor.partitionDeletion()).describedAs(what).isEqualTo(partition.deletion());
    assertThat(cursor.staticRow()).describedAs(what).isEqualTo(partition.staticRow());
  }

  /** Some range of partitions, of each of them some rows or none; may stop anywhere. */
  private void scan(TableFile file, List<ListCursor.Partition> partitions, String what) {
    ListCursor.Partition first = partitions.get(random.nextInt(partitions.size()));
    byte[] startKey = random.nextInt(3) == 0 ? null : first.key();
    boolean inclusive = random.nextBoolean();
    long end = random.nextBoolean() ? Long.MAX_VALUE : Math.max(first.token(), token());
    PartitionRange range = new PartitionRange(first.token(), startKey, inclusive, end);
    Slices slices = slices(first);
    boolean reversed = random.nextBoolean();
    Lane lane = random.nextBoolean() ? scheduler.lane(0) : null;
    try (PartitionCursor cursor = file.scan(range, slices, lane)) {
      for (ListCursor.Partition partition : partitions) {
        int order = Long.compare(partition.token(), first.token());
        if (order == 0 && startKey != null) {
          order = Arrays.compareUnsigned(partition.key(), startKey);
          order = order == 0 && !inclusive ? -1 : order;
        }
        if (order < 0 || partition.token() > end) {
          continue;
        }
        if (cursor == null) {
          assertThat(expected(partition, slices, false, 1)).describedAs(what).isEmpty();
          continue;
        }
        assertThat(next(cursor)).describedAs(what).isEqualTo(PartitionCursor.Step.PARTITION);
        assertHead(cursor, partition, what);
        int limit = random.nextInt(3) == 0 ? random.nextInt(20) : Integer.MAX_VALUE;
        if (limit > 0) {
          assertThat(read(cursor.rows(slices, reversed), limit))
              .describedAs(what)
              .isEqualTo(expected(partition, slices, reversed, limit));
        }
        if (random.nextInt(50) == 0) {
          return;
        }
      }
      if (cursor != null) {
        assertThat(next(cursor)).describedAs(what).isEqualTo(PartitionCursor.Step.END);
      }
    }
  }

  private void absent(TableFile file, List<ListCursor.Partition> partitions, String what) {
    long token = token() + random.nextInt(2);
    byte[] key = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    if (partitions.stream().noneMatch(p -> p.token() == token && Arrays.equals(p.key(), key))) {
      try (PartitionCursor cursor = file.partition(token, key, Slices.ALL, null)) {
        if (cursor != null) {
          assertThat(next(cursor)).describedAs(what).isEqualTo(PartitionCursor.Step.END);
        }
      }
    }
  }

  private void run(int seed) throws IOException {
    String what = "seed " + seed;
    random = new Random(seed);
    world = new SimulatedWorld(seed);
    SimulatedNode node = world.addNode();
    scheduler = node.start(1).scheduler();
    node.files().createDirectories("t");
    BlockCache cache = new BlockCache(random.nextBoolean() ? 0 : 1 << random.nextInt(22));
    SSTableFormat format = new SSTableFormat(node.files(), scheduler.background(), cache);
    String codec = List.of("", "LZ4Compressor", "ZstdCompressor").get(random.nextInt(3));
    List<ListCursor.Partition> partitions = partitions();
    TableFile file =
        format.write(
            "t",
            1,
            new TableOptions(
                TABLE, "t", 0, 0.01 + random.nextDouble(), Map.of(), Map.of("class", codec), 1),
            new ListCursor(partitions));
    for (int i = 0; i < 100; i++) {
      ListCursor.Partition partition = partitions.get(random.nextInt(partitions.size()));
      readPartition(file, partition, slices(partition), what + ", read " + i);
      absent(file, partitions, what);
      if (i % 10 == 0) {
        scan(file, partitions, what + ", scan " + i);
      }
    }
    file.release();
    while (world.step()) {}
  }

  @Test
  void readsSayWhatAListSays() throws IOException {
    int runs = Boolean.getBoolean("ilion.soak") ? 600 : 12;
    for (int seed = 0; seed < runs; seed++) {
      run(seed);
    }
  }
}

package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What an SSTable says against the memtable that it was written from. */
class SSTableTest {
  private static final UUID TABLE = new UUID(1, 2);
  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final Scheduler scheduler = node.start(1).scheduler();
  private final SimulatedFiles files = node.files();

  private static byte[] key(int n) {
    return new byte[] {0x20, (byte) (n >> 8), (byte) n};
  }

  private static Memtable fill(Random random, int partitions, int rows) {
    Memtable memtable = new Memtable();
    UpdateWriter writer = new UpdateWriter();
    for (int p = 0; p < partitions; p++) {
      byte[] partitionKey = {(byte) (p >> 8), (byte) p};
      int count = p % 3 == 0 ? rows : random.nextInt(20);
      for (int i = 0; i <= count; i++) {
        writer.begin(TABLE, partitionKey);
        if (random.nextInt(200) == 0) {
          writer.rowWriter().liveness(50).cell(1, null, 50, 0, 0, new byte[random.nextInt(300)]);
          writer.staticRow();
        }
        int from = random.nextInt(3000);
        if (random.nextInt(10) == 0) {
          long timestamp = 100L + random.nextInt(5);
          writer.rangeDeletion(
              key(from), Slices.behind(key(from + random.nextInt(600))), timestamp, 9);
        } else {
          byte[] value = new byte[random.nextInt(400) == 0 ? 60_000 : random.nextInt(200)];
          random.nextBytes(value);
          long timestamp = 100L + random.nextInt(10);
          writer.rowWriter().liveness(timestamp).cell(2, null, timestamp, 0, 0, value);
          writer.row(key(from));
        }
        byte[] update = writer.toByteArray();
        memtable.apply(Murmur3.token(partitionKey), new UpdateReader().wrap(update), 1);
      }
    }
    return memtable;
  }

  private SSTableFormat format(long cacheBytes) throws IOException {
    files.createDirectories("t");
    return new SSTableFormat(files, scheduler.background(), new BlockCache(cacheBytes));
  }

  private TableFile write(SSTableFormat format, Memtable memtable, String codec)
      throws IOException {
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      return format.write(
          "t",
          1,
          new TableOptions(TABLE, "t", 0, 0.01, Map.of(), Map.of("class", codec), 1),
          source);
    }
  }

  private static Slices slices(Random random) {
    if (random.nextInt(4) == 0) {
      return Slices.ALL;
    }
    int[] bounds = random.ints(4, 0, 3200).sorted().distinct().toArray();
    List<Slices.Interval> intervals = new ArrayList<>();
    for (int i = 0; i + 1 < bounds.length; i += 2) {
      intervals.add(new Slices.Interval(key(bounds[i]), key(bounds[i + 1])));
    }
    return new Slices(intervals);
  }

  @Test
  void saysWhatTheMemtableSaid() throws IOException {
    String[] codecs = {"", "LZ4Compressor", "ZstdCompressor"};
    for (int seed = 0; seed < 9; seed++) {
      Random random = new Random(seed);
      Memtable memtable = fill(random, 1 + random.nextInt(40), 800);
      SSTableFormat format = format(seed % 2 == 0 ? 0 : 1 << 20);
      TableFile file = write(format, memtable, codecs[seed % 3]);
      assertThat(file.partitions()).isEqualTo(memtable.partitionCount());
      for (int i = 0; i < 60; i++) {
        Slices slices = slices(random);
        boolean reversed = random.nextBoolean();
        Lane lane = random.nextBoolean() ? scheduler.lane(0) : null;
        byte[] key = {0, (byte) random.nextInt(45)};
        long token = Murmur3.token(key);
        assertThat(Walk.lines(world, file.partition(token, key, slices, lane), slices, reversed))
            .describedAs("seed %d, read %d", seed, i)
            .isEqualTo(Walk.lines(world, memtable.partition(token, key), slices, reversed));
        if (i % 10 == 0) {
          PartitionRange range =
              new PartitionRange(
                  token, random.nextBoolean() ? key : null, random.nextBoolean(), Long.MAX_VALUE);
          assertThat(Walk.lines(world, file.scan(range, slices, lane), slices, reversed))
              .describedAs("seed %d, scan %d", seed, i)
              .isEqualTo(Walk.lines(world, memtable.scan(range), slices, reversed));
        }
      }
      file.markObsolete();
      file.release();
      world.until(() -> files.list("t").isEmpty());
    }
  }

  @Test
  void aDamagedBlockFailsOnlyTheReadsThatNeedIt() throws IOException {
    Random random = new Random(3);
    Memtable memtable = fill(random, 30, 600);
    SSTableFormat format = format(0);
    write(format, memtable, "LZ4Compressor").release();
    String path = "t/" + format.fileNames(1).get(0);
    byte[] bytes = files.bytes(path);
    bytes[bytes.length / 2] ^= 4;
    files.setBytes(path, bytes);
    TableFile file =
        format.open("t", 1, new TableOptions(TABLE, "t", 0, 0.01, Map.of(), Map.of(), 1));
    int failed = 0;
    for (int p = 0; p < 30; p++) {
      byte[] key = {0, (byte) p};
      long token = Murmur3.token(key);
      List<String> expected = Walk.lines(world, memtable.partition(token, key), Slices.ALL, false);
      try {
        assertThat(
                Walk.lines(
                    world,
                    file.partition(token, key, Slices.ALL, scheduler.lane(0)),
                    Slices.ALL,
                    false))
            .isEqualTo(expected);
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining(path).hasMessageContaining("offset");
        failed++;
      }
    }
    assertThat(failed).isBetween(1, 8);
  }

  @Test
  void aDamagedIndexOrFooterIsNoticedWhenTheFileIsOpened() throws IOException {
    SSTableFormat format = format(0);
    write(format, fill(new Random(4), 10, 300), "").release();
    String path = "t/" + format.fileNames(1).get(0);
    byte[] whole = files.bytes(path);
    TableOptions options = new TableOptions(TABLE, "t", 0, 0.01, Map.of(), Map.of(), 1);
    for (int behind : new int[] {1, 9, 20, 50, 64, 70, 120}) {
      byte[] damaged = whole.clone();
      damaged[whole.length - behind] ^= 1;
      files.setBytes(path, damaged);
      assertThatThrownBy(() -> format.open("t", 1, options))
          .describedAs("%d before the end", behind)
          .isInstanceOf(CorruptDataException.class);
    }
  }
}

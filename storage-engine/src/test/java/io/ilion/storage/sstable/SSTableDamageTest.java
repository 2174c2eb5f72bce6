package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
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
import io.ilion.storage.world.CountingFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damage to any byte of a file fails just the reads that need the byte, and all of these.
 *
 * <p>{@code -Dilion.soak=true} tries each byte of each file, not only some of those in blocks.
 */
class SSTableDamageTest {
  private static final UUID TABLE = new UUID(1, 2);
  private static final String PATH = "t/sstable-1.v1";
  private static final int PARTITIONS = 120;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final Scheduler scheduler = node.start(1).scheduler();
  private final SimulatedFiles disk = node.files();
  private final CountingFiles files = new CountingFiles(disk);

  /** A read, what it says of the intact file, and what it has to read for that. */
  private record Probe(
      Supplier<List<String>> read, List<String> answer, List<CountingFiles.Extent> extents) {
    CountingFiles.Extent extentOf(int at) {
      return extents.stream().filter(e -> e.has(at)).findFirst().orElse(null);
    }
  }

  private static byte[] clustering(int n) {
    return new byte[] {0x20, (byte) (n >> 8), (byte) n};
  }

  /** A long key, so that there are several index pages. */
  private static byte[] key(int n) {
    byte[] key = new byte[300];
    Arrays.fill(key, (byte) n);
    return key;
  }

  /** Partitions of one row to several blocks, with static rows and deletions of all kinds. */
  private static Memtable content(Random random, int compressible) {
    Memtable memtable = new Memtable();
    for (int p = 0; p < PARTITIONS; p++) {
      UpdateWriter writer = new UpdateWriter().begin(TABLE, key(p));
      if (p % 7 == 0) {
        writer.partitionDeletion(6, 1_700_000_000L);
      }
      if (p % 5 == 0) {
        writer.rowWriter().liveness(5).cell(9, null, 5, 0, 0, new byte[p]);
        writer.staticRow();
      }
      int rows = p % 10 == 3 ? 60 : 1 + p % 4;
      for (int i = 0; i < rows; i++) {
        byte[] value = new byte[200 + random.nextInt(compressible)];
        value[0] = (byte) random.nextInt();
        writer.rowWriter().liveness(10 + i).cell(1, null, 10 + i, 0, 0, value);
        writer.row(clustering(i * 10));
      }
      if (p % 3 == 0) {
        writer.rangeDeletion(clustering(15), clustering(20 + rows * 5), 11, 1_700_000_000L);
      }
      byte[] update = writer.toByteArray();
      memtable.apply(Murmur3.token(key(p)), new UpdateReader().wrap(update), 1);
    }
    return memtable;
  }

  private static TableOptions options(UUID id, String codec) {
    return new TableOptions(id, "t", 0, 0.01, Map.of(), Map.of("class", codec), 1);
  }

  private SSTableFormat format() throws IOException {
    disk.createDirectories("t");
    return new SSTableFormat(files, scheduler.background(), new BlockCache(0));
  }

  /** Writes a file and returns its bytes. */
  private byte[] write(UUID id, long generation, Memtable memtable, String codec)
      throws IOException {
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      format().write("t", generation, options(id, codec), source).release();
    }
    String path = "t/" + format().fileNames(generation).get(0);
    return disk.bytes(path);
  }

  private TableFile open() throws IOException {
    return format().open("t", 1, options(TABLE, ""));
  }

  private List<String> partition(TableFile file, int p, Slices slices, boolean reversed) {
    long token = Murmur3.token(key(p));
    return Walk.lines(world, file.partition(token, key(p), slices, null), slices, reversed);
  }

  private Probe probe(Supplier<List<String>> read) {
    files.takeReads();
    List<String> answer = read.get();
    return new Probe(read, answer, files.takeExtents());
  }

  /** Each partition forwards or backwards, slices of the long ones, and scans. */
  private List<Probe> probes(TableFile file) {
    List<Probe> probes = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      int number = p;
      boolean reversed = p % 2 == 0;
      probes.add(probe(() -> partition(file, number, Slices.ALL, reversed)));
      for (int from = 0; p % 10 == 3 && from < 600; from += 95) {
        Slices slice =
            new Slices(List.of(new Slices.Interval(clustering(from), clustering(from + 40))));
        probes.add(probe(() -> partition(file, number, slice, false)));
        probes.add(probe(() -> partition(file, number, slice, true)));
      }
      if (p % 40 == 0) {
        PartitionRange range =
            new PartitionRange(Murmur3.token(key(p)), key(p), false, Long.MAX_VALUE);
        probes.add(
            probe(
                () -> Walk.lines(world, file.scan(range, Slices.ALL, null), Slices.ALL, reversed)));
      }
    }
    return probes;
  }

  private static boolean isEnd(byte[] bytes, int at) {
    return at < 20 || at > bytes.length - 500;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "LZ4Compressor", "ZstdCompressor"})
  void aDamagedByteFailsJustTheReadsThatNeedIt(String codec) throws IOException {
    Random random = new Random(11);
    byte[] bytes = write(TABLE, 1, content(random, codec.isEmpty() ? 50 : 1_500), codec);
    files.takeReads();
    TableFile file = open();
    List<CountingFiles.Extent> opening = files.takeExtents();
    List<Probe> probes = probes(file);
    assertThat(((SSTable) file).root().pages).isGreaterThan(codec.isEmpty() ? 0 : 2);
    int step = Boolean.getBoolean("ilion.soak") ? 1 : bytes.length / 1_500;
    for (int at = 0; at < bytes.length; at += isEnd(bytes, at) ? 1 : 1 + random.nextInt(step)) {
      int bits = 1 + random.nextInt(255);
      disk.corrupt(PATH, at, bits);
      int place = at;
      List<Probe> needing = probes.stream().filter(p -> p.extentOf(place) != null).toList();
      if (opening.stream().anyMatch(e -> e.has(place))) {
        assertThat(needing).isEmpty();
        Throwable failure = catchThrowable(this::open);
        if (at < 12 || at >= 16) {
          assertThat(failure).describedAs("byte %d", at).hasMessageContaining(PATH);
        } else {
          assertThat(failure).describedAs("reserved byte %d", at).isNull();
        }
      } else {
        if (random.nextInt(100) == 0) {
          // The file is open already; it would also open now.
          open().release();
        }
        assertThat(needing).describedAs("byte %d", at).isNotEmpty();
        for (int i = 0; i < 3; i++) {
          Probe probe = needing.get(random.nextInt(needing.size()));
          assertThatThrownBy(() -> probe.read.get())
              .describedAs("byte %d", at)
              .isInstanceOf(CorruptDataException.class)
              .hasMessageContaining(
                  PATH + " is damaged at offset " + probe.extentOf(place).offset() + ":");
        }
      }
      Probe other = probes.get(random.nextInt(probes.size()));
      if (other.extentOf(at) == null) {
        assertThat(other.read.get()).describedAs("byte %d", at).isEqualTo(other.answer);
      }
      disk.corrupt(PATH, at, bits);
    }
  }

  @Test
  void aFileWithBytesMissingOrAddedIsNotOpened() throws IOException {
    Random random = new Random(12);
    byte[] whole = write(TABLE, 1, content(random, 50), "LZ4Compressor");
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(whole.length);
      int count = 1 + random.nextInt(Math.min(whole.length - from, 1 << random.nextInt(15)));
      byte[] cut = Arrays.copyOf(whole, whole.length - count);
      System.arraycopy(whole, from + count, cut, from, whole.length - from - count);
      byte[] more = new byte[whole.length + count];
      System.arraycopy(whole, 0, more, 0, from);
      System.arraycopy(whole, from, more, from + count, whole.length - from);
      for (byte[] changed : List.of(cut, more)) {
        disk.setBytes(PATH, changed);
        assertThatThrownBy(this::open)
            .describedAs("%d bytes at %d", count, from)
            .isInstanceOf(CorruptDataException.class)
            .hasMessageContaining(PATH)
            .hasMessageContaining("offset");
      }
    }
  }

  @Test
  void aFileOfAnotherTableOrGenerationIsNotOpened() throws IOException {
    byte[] first = write(TABLE, 1, content(new Random(13), 50), "");
    byte[] second = write(TABLE, 2, content(new Random(14), 50), "");
    byte[] foreign = write(new UUID(3, 4), 3, content(new Random(15), 50), "");
    for (byte[] wrong : List.of(second, foreign)) {
      disk.setBytes(PATH, wrong);
      assertThatThrownBy(this::open)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(PATH + " is another file");
    }
    disk.setBytes(PATH, first);
    open().release();
  }
}

package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.CounterShards;
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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bytes of version 1. The fixtures were written once and are not to change: a file that some
 * node wrote is read by every later one. {@code -Dilion.record=true} writes them anew.
 */
class SSTableFixtureTest {
  private static final UUID TABLE = new UUID(1, 2);
  private static final Path FIXTURES = Path.of("src/test/resources/sstable/v1");
  private static final String PATH = "t/sstable-1.v1";

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final Scheduler scheduler = node.start(1).scheduler();
  private final SimulatedFiles files = node.files();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] clustering(int n) {
    return new byte[] {0x20, 0, (byte) n};
  }

  private static byte[] filled(int length, int with) {
    byte[] value = new byte[length];
    Arrays.fill(value, (byte) with);
    return value;
  }

  private static void apply(Memtable memtable, String key, UpdateWriter writer) {
    byte[] update = writer.toByteArray();
    memtable.apply(Murmur3.token(bytes(key)), new UpdateReader().wrap(update), 1);
  }

  private static UpdateWriter begin(String key) {
    return new UpdateWriter().begin(TABLE, bytes(key));
  }

  /** Rows of every kind in partitions of their own. */
  private static Memtable rows() {
    Memtable memtable = new Memtable();
    UpdateWriter plain = begin("plain");
    plain
        .rowWriter()
        .liveness(1_000)
        .cell(1, null, 1_000, 0, 0, bytes("one"))
        .cell(2, null, 2_000, 0, 0, new byte[0]);
    apply(memtable, "plain", plain.row(clustering(1)));
    UpdateWriter expiring = begin("expiring");
    expiring
        .rowWriter()
        .liveness(3_000, 60, 1_700_000_060L)
        .cell(1, null, 3_000, 60, 1_700_000_060L, bytes("a while"))
        .tombstone(2, null, 3_001, 1_700_000_000L);
    apply(memtable, "expiring", expiring.row(clustering(2)));
    UpdateWriter collection = begin("collection");
    collection
        .rowWriter()
        .deletion(500, 1_700_000_001L)
        .columnDeletion(3, 3_999, 1_700_000_002L)
        .cell(3, bytes("x"), 4_000, 0, 0, bytes("X"))
        .tombstone(3, bytes("y"), 4_000, 1_700_000_003L);
    apply(memtable, "collection", collection.row(clustering(3)));
    UpdateWriter counter = begin("counter");
    counter.rowWriter().cell(5, null, 5_000, 0, 0, bytes("static"));
    counter.staticRow();
    counter.rowWriter().counterCell(4, 5_000, CounterShards.add(new byte[0], 7, 8, 1, 42));
    apply(memtable, "counter", counter.row(clustering(4)));
    apply(memtable, "deleted", begin("deleted").partitionDeletion(6_000, 1_700_000_004L));
    return memtable;
  }

  /** One partition of several blocks, with deletions of ranges and a static row, and one more. */
  private static Memtable wide() {
    Memtable memtable = new Memtable();
    UpdateWriter wide = begin("wide");
    wide.rowWriter().liveness(10).cell(9, null, 10, 0, 0, bytes("for all"));
    wide.staticRow();
    for (int i = 0; i < 8; i++) {
      wide.rowWriter().liveness(100 + i).cell(1, null, 100 + i, 0, 0, filled(2_900, 'a' + i));
      wide.row(clustering(10 * i));
    }
    wide.rangeDeletion(clustering(5), clustering(25), 90, 1_700_000_000L);
    wide.rangeDeletion(clustering(22), Slices.behind(clustering(60)), 95, 1_700_000_000L);
    apply(memtable, "wide", wide);
    UpdateWriter large = begin("long");
    large.rowWriter().liveness(200).cell(1, null, 200, 0, 0, filled(70_000, 'z'));
    apply(memtable, "long", large.row(clustering(1)));
    return memtable;
  }

  private static Memtable content(String name) {
    return name.equals("rows") ? rows() : wide();
  }

  private static String codec(String name) {
    return switch (name) {
      case "wide-lz4" -> "LZ4Compressor";
      case "wide-zstd" -> "ZstdCompressor";
      default -> "";
    };
  }

  private static TableOptions options(String codec) {
    return new TableOptions(TABLE, "t", 0, 0.01, Map.of(), Map.of("class", codec), 1);
  }

  private SSTableFormat format() throws IOException {
    files.createDirectories("t");
    return new SSTableFormat(files, scheduler.background(), new BlockCache(0));
  }

  private byte[] write(String name) throws IOException {
    Memtable memtable = content(name);
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      format().write("t", 1, options(codec(name)), source).release();
    }
    return files.bytes(PATH);
  }

  private List<String> read(byte[] bytes) throws IOException {
    files.setBytes(PATH, bytes);
    TableFile file = format().open("t", 1, options(""));
    List<String> lines =
        Walk.lines(world, file.scan(PartitionRange.ALL, Slices.ALL, null), Slices.ALL, false);
    for (String key : List.of("plain", "deleted", "counter", "wide", "long", "absent")) {
      long token = Murmur3.token(bytes(key));
      lines.addAll(
          Walk.lines(world, file.partition(token, bytes(key), Slices.ALL, null), Slices.ALL, true));
    }
    file.release();
    world.step();
    return lines;
  }

  private static List<String> said(Memtable memtable, SimulatedWorld world) {
    List<String> lines = Walk.lines(world, memtable.scan(PartitionRange.ALL), Slices.ALL, false);
    for (String key : List.of("plain", "deleted", "counter", "wide", "long", "absent")) {
      long token = Murmur3.token(bytes(key));
      lines.addAll(Walk.lines(world, memtable.partition(token, bytes(key)), Slices.ALL, true));
    }
    return lines;
  }

  private static String fixture(String name, byte[] written) throws IOException {
    Path path = FIXTURES.resolve(name + ".hex");
    if (Boolean.getBoolean("ilion.record")) {
      Files.createDirectories(FIXTURES);
      Files.writeString(path, FileDump.of(written));
    }
    return Files.readString(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows", "wide"})
  void isWrittenAsEver(String name) throws IOException {
    byte[] written = write(name);
    String fixture = fixture(name, written);
    assertThat(FileDump.of(written)).isEqualTo(fixture);
    assertThat(FileDump.parse(fixture)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows", "wide", "wide-lz4", "wide-zstd"})
  void isReadAsEver(String name) throws IOException {
    // What a compressor makes of the same bytes may differ from one of its versions to the next.
    byte[] fixture = FileDump.parse(fixture(name, write(name)));
    assertThat(read(fixture)).isEqualTo(said(content(name), world));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows", "wide", "wide-lz4", "wide-zstd"})
  void aFlippedBitIsNoticedOrDoesNoHarm(String name) throws IOException {
    byte[] whole = write(name);
    List<String> expected = said(content(name), world);
    int harmless = 0;
    for (int at = 0; at < whole.length; at += isInRun(whole, at) ? 97 : 1) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      try {
        assertThat(read(damaged)).describedAs("byte %d", at).isEqualTo(expected);
        harmless++;
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining(PATH).hasMessageContaining("offset");
      } catch (IOException e) {
        assertThat(at).isBetween(8, 11);
        assertThat(e).hasMessageContaining(PATH).hasMessageContaining("version");
      }
    }
    // The four reserved bytes of the header.
    assertThat(harmless).isEqualTo(4);
  }

  private static boolean isInRun(byte[] bytes, int at) {
    return at > 200
        && at + 300 < bytes.length
        && Arrays.equals(bytes, at - 50, at + 50, bytes, at + 150, at + 250);
  }

  @Test
  void aShortenedFileIsNoticed() throws IOException {
    byte[] whole = write("wide-lz4");
    for (int length = 0; length < whole.length; length += 1 + length / 50) {
      files.setBytes(PATH, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> format().open("t", 1, options("")))
          .describedAs("%d bytes", length)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(PATH);
    }
  }

  @Test
  void aLaterVersionIsRefused() throws IOException {
    byte[] later = write("rows");
    later[11] = 2;
    files.setBytes(PATH, later);
    assertThatThrownBy(() -> format().open("t", 1, options("")))
        .isInstanceOf(IOException.class)
        .hasMessage(PATH + " has version 2; this node reads version 1");
  }
}

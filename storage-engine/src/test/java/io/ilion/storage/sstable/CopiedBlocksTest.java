package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** What is read from copied blocks against what is read from the file. */
class CopiedBlocksTest {
  private static final UUID TABLE = new UUID(1, 2);

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private final Executor background = node.start(1).scheduler().background();
  private final SimulatedFiles files = node.files();

  private static byte[] key(int n) {
    return new byte[] {0x20, (byte) (n >> 8), (byte) n};
  }

  private static Memtable fill(Random random) {
    Memtable memtable = new Memtable();
    UpdateWriter writer = new UpdateWriter();
    int partitions = 1 + random.nextInt(400);
    for (int p = 0; p < partitions; p++) {
      byte[] partitionKey = {(byte) (p >> 8), (byte) p};
      int rows = random.nextInt(20) == 0 ? random.nextInt(600) : random.nextInt(4);
      for (int i = 0; i <= rows; i++) {
        writer.begin(TABLE, partitionKey);
        if (random.nextInt(50) == 0) {
          writer.partitionDeletion(20, 9);
        }
        if (random.nextInt(50) == 0) {
          writer.rowWriter().liveness(50).cell(1, null, 50, 0, 0, new byte[random.nextInt(300)]);
          writer.staticRow();
        }
        int from = random.nextInt(3000);
        if (random.nextInt(8) == 0) {
          writer.rangeDeletion(
              key(from), Slices.behind(key(from + random.nextInt(600))), 100 + i % 5, 9);
        } else {
          byte[] value = new byte[random.nextInt(300) == 0 ? 30_000 : random.nextInt(200)];
          random.nextBytes(value);
          writer.rowWriter().liveness(100).cell(2, null, 100 + i % 7, 0, 0, value);
          writer.row(key(from));
        }
        byte[] update = writer.toByteArray();
        memtable.apply(Murmur3.token(partitionKey), new UpdateReader().wrap(update), 1);
      }
    }
    return memtable;
  }

  private TableFile write(SSTableFormat format, long number, Memtable memtable, String codec)
      throws IOException {
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      return format.write(
          "t",
          number,
          new TableOptions(TABLE, "t", 0, 0.01, Map.of(), Map.of("class", codec), 1),
          source);
    }
  }

  private static List<TokenRange> ranges(Random random) {
    long[] bounds = random.longs(2 + 2L * random.nextInt(20)).sorted().distinct().toArray();
    List<TokenRange> ranges = new ArrayList<>();
    for (int i = 0; i + 1 < bounds.length; i += 1 + random.nextInt(2)) {
      ranges.add(new TokenRange(bounds[i], bounds[i + 1]));
    }
    return ranges;
  }

  /** Asks for pieces as another node does, and has whoever takes them wait now and then. */
  private static final class Pieces implements BlockSupply {
    private final TableFile file;
    private final List<TokenRange> ranges;
    private final int bytes;
    private final Random random;
    private int range;
    private long block = -1;
    private int damageIn = -1;
    private int taken;

    Pieces(TableFile file, List<TokenRange> ranges, int bytes, Random random) {
      this.file = file;
      this.ranges = ranges;
      this.bytes = bytes;
      this.random = random;
    }

    @Override
    public ByteBuffer take() {
      if (isOver() || random.nextInt(3) == 0) {
        return null;
      }
      byte[] piece = file.copy(ranges, range, block, bytes);
      ByteBuffer head = ByteBuffer.wrap(piece, 2, piece.length - 2);
      range = head.getInt();
      block = head.getLong();
      if (taken++ == damageIn) {
        piece[piece.length - 1] ^= 1;
      }
      // As it arrives in a message, behind something else.
      return ByteBuffer.allocate(piece.length + 5).position(5).put(piece).position(5).slice();
    }

    @Override
    public boolean isOver() {
      return range >= ranges.size();
    }

    @Override
    public void await(Runnable resume) {
      resume.run();
    }

    @Override
    public void close() {
      range = ranges.size();
    }
  }

  private List<String> inRanges(TableFile file, List<TokenRange> ranges) {
    List<String> lines = new ArrayList<>();
    for (TokenRange range : ranges) {
      PartitionCursor cursor =
          file.scan(
              new PartitionRange(range.start() + 1, null, true, range.end()), Slices.ALL, null);
      lines.addAll(Walk.lines(world, cursor, Slices.ALL, false));
    }
    return lines;
  }

  @Test
  void saysWhatTheFileSays() throws IOException {
    String[] codecs = {"", "LZ4Compressor", "ZstdCompressor"};
    files.createDirectories("t");
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      SSTableFormat format = new SSTableFormat(files, background, new BlockCache(0));
      TableFile file = write(format, seed, fill(random), codecs[seed % 3]);
      List<TokenRange> ranges = ranges(random);
      Pieces pieces = new Pieces(file, ranges, 1 + random.nextInt(100_000), random);
      assertThat(Walk.lines(world, format.copied(ranges, pieces), Slices.ALL, false))
          .as("seed %d, ranges %s", seed, ranges)
          .isEqualTo(inRanges(file, ranges));
      file.release();
    }
  }

  @Test
  void whatIsDamagedIsNotRead() throws IOException {
    files.createDirectories("t");
    Random random = new Random(1);
    SSTableFormat format = new SSTableFormat(files, background, new BlockCache(0));
    TableFile file = write(format, 1, fill(random), "LZ4Compressor");
    List<TokenRange> all = List.of(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE));
    Pieces pieces = new Pieces(file, all, 10_000, random);
    pieces.damageIn = 1;
    PartitionCursor copied = format.copied(all, pieces);
    assertThatThrownBy(() -> Walk.lines(world, copied, Slices.ALL, false))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("checksum");
  }
}

package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.Bytes;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TableWriter;
import io.ilion.storage.world.CountingFiles;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SSTableFileWriterTest {
  private static final int PIECE_BYTES = 128 << 10;
  private static final TableOptions OPTIONS =
      new TableOptions(new UUID(1, 2), "t", 0, 0.01, Map.of(), Map.of(), 1);

  private final SimulatedNode node = new SimulatedWorld(1).addNode();
  private final SimulatedFiles disk = node.files();
  private final CountingFiles files = new CountingFiles(disk);
  private SSTableFormat format;

  @BeforeEach
  void begin() throws IOException {
    var background = node.start(1).scheduler().background();
    format = new SSTableFormat(files, background, new BlockCache(1 << 20));
    for (String directory : new String[] {"pieces", "whole", "none"}) {
      files.createDirectories(directory);
    }
  }

  private static byte[] number(int n) {
    byte[] key = new byte[5];
    key[0] = 0x20;
    Bytes.putInt(key, 1, n);
    return key;
  }

  /** Two partitions of 10 MB each. */
  private static GeneratedCursor source() {
    byte[] random = new byte[30_000];
    new Random(1).nextBytes(random);
    return new GeneratedCursor(
        2,
        10_000,
        SSTableFileWriterTest::number,
        SSTableFileWriterTest::number,
        n -> java.util.Arrays.copyOfRange(random, n, n + 1_000));
  }

  @Test
  void whatIsWrittenByPiecesIsWhatIsWrittenAtOnce() throws IOException {
    TableWriter writer = format.begin("pieces", 1, OPTIONS);
    PartitionCursor source = source();
    boolean more = true;
    int pieces = 0;
    while (more) {
      long before = writer.bytes();
      more = writer.write(source, PIECE_BYTES);
      assertThat(writer.bytes() - before).isLessThan(PIECE_BYTES + 3 * BlockCache.BUFFER_BYTES);
      pieces++;
    }
    assertThat(pieces).isBetween(140, 170);
    TableFile file = writer.finish();
    assertThat(file.rows()).isEqualTo(20_000);
    // The disk is never given much at once.
    assertThat(files.mostWaiting()).isLessThan(4 * PIECE_BYTES);
    format.write("whole", 1, OPTIONS, source());
    assertThat(disk.bytes("pieces/sstable-1.v1")).isEqualTo(disk.bytes("whole/sstable-1.v1"));
  }

  @Test
  void whatIsEmptyOrAbandonedLeavesNoFile() throws IOException {
    assertThat(format.write("none", 1, OPTIONS, new GeneratedCursor(0, 0, n -> null, null, null)))
        .isNull();
    TableWriter writer = format.begin("none", 2, OPTIONS);
    assertThat(writer.write(source(), PIECE_BYTES)).isTrue();
    writer.abandon();
    assertThat(files.list("none")).isEmpty();
  }
}

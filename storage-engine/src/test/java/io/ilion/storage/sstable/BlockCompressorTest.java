package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BlockCompressorTest {
  private static final String PACKAGE = "org.apache.cassandra.io.compress.";

  /** Words, which compress by some three to one. */
  private static byte[] words() {
    SplittableRandom random = new SplittableRandom(7);
    StringBuilder text = new StringBuilder();
    while (text.length() < 16_000) {
      text.append(Integer.toString(random.nextInt(1_000), 7)).append(" of ");
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static int size(Map<String, String> options) {
    byte[] raw = words();
    BlockCompressor compressor = BlockCompressor.of(options);
    byte[] out = new byte[compressor.bound(raw.length)];
    int size = compressor.compress(raw, raw.length, out);
    if (size > 0) {
      byte[] back = new byte[raw.length];
      compressor.codec().decompress(out, 0, size, back, back.length);
      assertThat(back).isEqualTo(raw);
    }
    return size;
  }

  private static BlockCodec codec(String name) {
    return BlockCompressor.of(Map.of("class", PACKAGE + name)).codec();
  }

  @Test
  void whatThereIsNotTheNearestDoes() {
    assertThat(codec("LZ4Compressor")).isEqualTo(BlockCodec.LZ4);
    assertThat(codec("SnappyCompressor")).isEqualTo(BlockCodec.LZ4);
    assertThat(codec("ZstdCompressor")).isEqualTo(BlockCodec.ZSTD);
    assertThat(codec("DeflateCompressor")).isEqualTo(BlockCodec.ZSTD);
    assertThat(codec("NoopCompressor")).isEqualTo(BlockCodec.NONE);
    assertThat(BlockCompressor.of(Map.of("enabled", "false")).codec()).isEqualTo(BlockCodec.NONE);
  }

  @Test
  void levelsAreHeeded() {
    String zstd = PACKAGE + "ZstdCompressor";
    int least = size(Map.of("class", zstd, "compression_level", "19"));
    assertThat(least).isLessThan(size(Map.of("class", zstd)));
    assertThat(size(Map.of("class", zstd)))
        .isLessThan(size(Map.of("class", zstd, "compression_level", "-20")));
    String lz4 = PACKAGE + "LZ4Compressor";
    int high = size(Map.of("class", lz4, "lz4_compressor_type", "high"));
    assertThat(high).isLessThan(size(Map.of("class", lz4)));
    assertThat(high)
        .isLessThan(
            size(
                Map.of(
                    "class",
                    lz4,
                    "lz4_compressor_type",
                    "high",
                    "lz4_high_compressor_level",
                    "1")));
  }

  @Test
  void whatIsHardlyShorterStaysAsItIs() {
    String lz4 = PACKAGE + "LZ4Compressor";
    int size = size(Map.of("class", lz4));
    assertThat(size).isPositive();
    double ratio = (double) words().length / size;
    assertThat(size(Map.of("class", lz4, "min_compress_ratio", "" + (ratio - 0.1))))
        .isEqualTo(size);
    assertThat(size(Map.of("class", lz4, "min_compress_ratio", "" + (ratio + 0.1)))).isZero();
  }
}

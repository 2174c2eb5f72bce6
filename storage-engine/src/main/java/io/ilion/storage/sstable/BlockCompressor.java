package io.ilion.storage.sstable;

import com.github.luben.zstd.Zstd;
import java.util.Map;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** How hard the blocks of a file are compressed, and when that is worth it. */
final class BlockCompressor {
  private static final String DEFAULT_LZ4_LEVEL = "9";
  private static final String DEFAULT_ZSTD_LEVEL = "3";

  private final BlockCodec codec;
  private final LZ4Compressor lz4;
  private final int zstdLevel;
  private final double leastRatio;

  private BlockCompressor(BlockCodec codec, Map<String, String> options) {
    this.codec = codec;
    LZ4Factory factory = LZ4Factory.fastestInstance();
    lz4 =
        "high".equals(options.get("lz4_compressor_type"))
            ? factory.highCompressor(
                number(options, "lz4_high_compressor_level", DEFAULT_LZ4_LEVEL))
            : factory.fastCompressor();
    zstdLevel = number(options, "compression_level", DEFAULT_ZSTD_LEVEL);
    leastRatio = Math.max(1, Double.parseDouble(options.getOrDefault("min_compress_ratio", "0")));
  }

  private static int number(Map<String, String> options, String name, String byDefault) {
    return Integer.parseInt(options.getOrDefault(name, byDefault));
  }

  /**
   * The compression that a table's options ask for. Where they name a compressor of which there is
   * none here, the nearest serves: Zstd for Deflate, LZ4 for Snappy.
   */
  static BlockCompressor of(Map<String, String> options) {
    String name = options.getOrDefault("class", "");
    boolean none =
        name.isEmpty()
            || name.endsWith("NoopCompressor")
            || "false".equalsIgnoreCase(options.get("enabled"));
    boolean zstd = name.endsWith("ZstdCompressor") || name.endsWith("DeflateCompressor");
    return new BlockCompressor(
        none ? BlockCodec.NONE : zstd ? BlockCodec.ZSTD : BlockCodec.LZ4, options);
  }

  BlockCodec codec() {
    return codec;
  }

  /** The most bytes that compressing so many may give. */
  int bound(int length) {
    return switch (codec) {
      case NONE -> 0;
      case LZ4 -> lz4.maxCompressedLength(length);
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
    };
  }

  /**
   * Compresses the first bytes of one array into another, of at least {@link #bound} bytes; returns
   * how many they became, or 0 if they would not be fewer, or not by the ratio that is asked for.
   */
  int compress(byte[] raw, int length, byte[] out) {
    long size =
        switch (codec) {
          case NONE -> 0;
          case LZ4 -> lz4.compress(raw, 0, length, out, 0, out.length);
          case ZSTD -> Zstd.compressByteArray(out, 0, out.length, raw, 0, length, zstdLevel);
        };
    if (Zstd.isError(size)) {
      throw new IllegalStateException("Zstandard: " + Zstd.getErrorName(size));
    }
    return size >= length || size * leastRatio > length ? 0 : (int) size;
  }
}

package io.ilion.storage.sstable;

import com.github.luben.zstd.Zstd;
import io.ilion.model.data.CorruptDataException;
import java.util.Map;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** How the blocks of a file are compressed. */
enum BlockCodec {
  NONE,
  LZ4,
  ZSTD;

  private static final int ZSTD_LEVEL = 3;
  private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

  /** The codec for the compression options of a table. */
  static BlockCodec of(Map<String, String> compression) {
    String name = compression.getOrDefault("class", "");
    if (name.isEmpty() || "false".equalsIgnoreCase(compression.get("enabled"))) {
      return NONE;
    }
    return name.endsWith("ZstdCompressor") ? ZSTD : name.endsWith("NoopCompressor") ? NONE : LZ4;
  }

  /** The compressed bytes, or null if they would not be fewer. */
  byte[] compress(byte[] raw, int length) {
    byte[] out =
        switch (this) {
          case NONE -> null;
          case LZ4 -> COMPRESSOR.compress(raw, 0, length);
          case ZSTD ->
              Zstd.compress(
                  length == raw.length ? raw : java.util.Arrays.copyOf(raw, length), ZSTD_LEVEL);
        };
    return out == null || out.length >= length ? null : out;
  }

  byte[] decompress(byte[] stored, int rawLength) {
    try {
      return switch (this) {
        case NONE -> stored;
        case LZ4 -> {
          byte[] raw = new byte[rawLength];
          int size = DECOMPRESSOR.decompress(stored, 0, stored.length, raw, 0);
          if (size != rawLength) {
            throw new CorruptDataException("a block decompresses to " + size + " bytes");
          }
          yield raw;
        }
        case ZSTD -> Zstd.decompress(stored, rawLength);
      };
    } catch (LZ4Exception | com.github.luben.zstd.ZstdException e) {
      throw new CorruptDataException("a block does not decompress", e);
    }
  }
}

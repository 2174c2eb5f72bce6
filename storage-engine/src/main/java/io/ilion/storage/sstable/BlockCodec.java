package io.ilion.storage.sstable;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
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

  /**
   * Decompresses the first bytes of one array into another.
   *
   * @throws CorruptDataException if they do not become just so many bytes
   */
  void decompress(byte[] stored, int storedLength, byte[] raw, int rawLength) {
    try {
      long size =
          switch (this) {
            case NONE -> throw new CorruptDataException("a block is shorter than it should be");
            case LZ4 -> DECOMPRESSOR.decompress(stored, 0, storedLength, raw, 0, rawLength);
            case ZSTD -> Zstd.decompressByteArray(raw, 0, rawLength, stored, 0, storedLength);
          };
      if (size != rawLength) {
        throw new CorruptDataException(
            "a block decompresses to " + size + " bytes, not to " + rawLength);
      }
    } catch (LZ4Exception | ZstdException e) {
      throw new CorruptDataException("a block does not decompress", e);
    }
  }
}

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

  /** The most bytes that compressing so many may give. */
  int bound(int length) {
    return switch (this) {
      case NONE -> 0;
      case LZ4 -> COMPRESSOR.maxCompressedLength(length);
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
    };
  }

  /**
   * Compresses the first bytes of one array into another, of at least {@link #bound} bytes; returns
   * how many they became, or 0 if they would not be fewer.
   */
  int compress(byte[] raw, int length, byte[] out) {
    long size =
        switch (this) {
          case NONE -> 0;
          case LZ4 -> COMPRESSOR.compress(raw, 0, length, out, 0, out.length);
          case ZSTD -> Zstd.compressByteArray(out, 0, out.length, raw, 0, length, ZSTD_LEVEL);
        };
    if (Zstd.isError(size)) {
      throw new IllegalStateException("Zstandard: " + Zstd.getErrorName(size));
    }
    return size >= length ? 0 : (int) size;
  }

  /**
   * Decompresses some bytes of one array into another.
   *
   * @throws CorruptDataException if they do not become just so many bytes
   */
  void decompress(byte[] stored, int offset, int storedLength, byte[] raw, int rawLength) {
    try {
      long size =
          switch (this) {
            case NONE -> throw new CorruptDataException("a block is shorter than it should be");
            case LZ4 -> DECOMPRESSOR.decompress(stored, offset, storedLength, raw, 0, rawLength);
            case ZSTD -> Zstd.decompressByteArray(raw, 0, rawLength, stored, offset, storedLength);
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

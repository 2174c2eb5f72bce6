package io.ilion.storage.sstable;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.ilion.model.data.CorruptDataException;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** How the blocks of a file are compressed. */
enum BlockCodec {
  NONE,
  LZ4,
  ZSTD;

  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

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

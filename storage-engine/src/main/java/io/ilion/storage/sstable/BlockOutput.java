package io.ilion.storage.sstable;

import io.ilion.runtime.AppendFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Compresses and sums what a writer appends, and hands it to the file in large pieces. */
final class BlockOutput {
  private static final int BUFFER_BYTES = 128 << 10;

  private final AppendFile file;
  private final BlockCompressor compressor;
  private final CRC32C crc = new CRC32C();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private byte[] packed = new byte[0];
  private int buffered;

  BlockOutput(AppendFile file, BlockCompressor compressor) {
    this.file = file;
    this.compressor = compressor;
  }

  BlockCodec codec() {
    return compressor.codec();
  }

  /** How much was appended. */
  long size() {
    return file.size() + buffered;
  }

  /** Appends a block, compressed if that is worth it. */
  IndexPageWriter.Extent block(byte[] raw, int length, boolean goesOn) throws IOException {
    int bound = compressor.bound(length);
    if (packed.length < bound || packed.length > 4 * BUFFER_BYTES) {
      // What a long block needed is not kept.
      packed = new byte[bound];
    }
    int packedLength = compressor.compress(raw, length, packed);
    boolean shorter = packedLength > 0;
    long offset = size();
    int stored = shorter ? packedLength : length;
    int sum = append(shorter ? packed : raw, stored);
    return new IndexPageWriter.Extent(offset, stored, length, sum, goesOn);
  }

  /** Appends the first bytes of an array; returns their checksum. */
  int append(byte[] bytes, int length) throws IOException {
    if (buffered + length > BUFFER_BYTES) {
      flush();
    }
    if (length > BUFFER_BYTES) {
      file.append(ByteBuffer.wrap(bytes, 0, length));
    } else {
      System.arraycopy(bytes, 0, buffer, buffered, length);
      buffered += length;
    }
    crc.reset();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private void flush() throws IOException {
    file.append(ByteBuffer.wrap(buffer, 0, buffered));
    buffered = 0;
  }

  /** Hands over what is left, and makes the file durable. */
  void sync() throws IOException {
    flush();
    file.sync();
  }
}

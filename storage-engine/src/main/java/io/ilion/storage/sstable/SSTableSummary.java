package io.ilion.storage.sstable;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What an SSTable says of itself at its ends: read once, when it is opened, and kept in memory as
 * long as it is open. Nothing of it is believed before its checksum is right.
 *
 * @param root over the pages of the index
 * @param codec of the blocks
 */
record SSTableSummary(RootIndex root, Statistics statistics, BlockCodec codec) {

  /**
   * Reads it; waits.
   *
   * @param tableId of the table; null if whoever reads does not know it, and takes any
   * @param generation the number that the file was written with
   * @throws CorruptDataException if the file is no SSTable, is damaged, or is another one than that
   *     of this table and number
   * @throws IOException if it cannot be read, or has a version that is not known here
   */
  static SSTableSummary read(ReadFile file, String path, UUID tableId, long generation)
      throws IOException {
    long size = file.size();
    if (size < SSTableWriter.HEADER_BYTES + SSTableWriter.FOOTER_BYTES) {
      throw new CorruptDataException(
          "%s ends at offset %d, too early for an SSTable".formatted(path, size));
    }
    byte[] header = bytes(file, 0, SSTableWriter.HEADER_BYTES);
    if (!startsWith(header, 0, SSTableWriter.MAGIC)) {
      throw new CorruptDataException(
          path + " is no SSTable: ILIONSST is not at offset 0, where it should be");
    }
    int version = Bytes.getInt(header, 8);
    if (version != SSTableWriter.VERSION) {
      throw new IOException(
          path + " has version " + version + "; this node reads version " + SSTableWriter.VERSION);
    }
    int footerBytes = SSTableWriter.FOOTER_BYTES;
    byte[] footer = bytes(file, size - footerBytes, footerBytes);
    int tail = footerBytes - 12;
    if (!startsWith(footer, tail + 4, SSTableWriter.END_MAGIC)
        || Bytes.getInt(footer, tail) != crc(footer, 0, tail)
        || footer[32] >= BlockCodec.values().length) {
      throw new CorruptDataException(
          "the footer of %s at offset %d is damaged".formatted(path, size - footerBytes));
    }
    int sign = Bytes.getInt(footer, tail - 4);
    if (sign != 0 && tableId != null && sign != SSTableWriter.sign(tableId, generation)) {
      throw new CorruptDataException(
          "%s is another file than the one of this name, by the footer at offset %d"
              .formatted(path, size - footerBytes));
    }
    return new SSTableSummary(
        RootIndex.read(section(path, file, footer, 0, "root of the index")),
        Statistics.read(section(path, file, footer, 16, "statistics")),
        BlockCodec.values()[footer[32]]);
  }

  private static boolean startsWith(byte[] bytes, int offset, byte[] magic) {
    return Arrays.equals(bytes, offset, offset + magic.length, magic, 0, magic.length);
  }

  private static byte[] bytes(ReadFile file, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    file.readAt(offset, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static ByteBuffer section(String path, ReadFile file, byte[] footer, int at, String name)
      throws IOException {
    long offset = Bytes.getLong(footer, at);
    int length = Bytes.getInt(footer, at + 8);
    if (offset + length > file.size() - SSTableWriter.FOOTER_BYTES) {
      throw new CorruptDataException(
          "%s has not all of its bytes: the %s, at offset %d, does not fit"
              .formatted(path, name, offset));
    }
    byte[] bytes = bytes(file, offset, length);
    int expected = Bytes.getInt(footer, at + 12);
    check("the " + name + " of " + path, bytes, 0, bytes.length, expected, offset);
    return ByteBuffer.wrap(bytes);
  }

  /**
   * Compares a checksum.
   *
   * @param what the bytes are of, for the message
   * @param offset where they are in the file
   * @throws CorruptDataException if it is not the one that is expected
   */
  static void check(String what, byte[] bytes, int at, int length, int expected, long offset) {
    int found = crc(bytes, at, length);
    if (found != expected) {
      throw new CorruptDataException(
          "%s is damaged at offset %d: the %d bytes there have the checksum %08x, not %08x"
              .formatted(what, offset, length, found, expected));
    }
  }

  private static int crc(byte[] bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length);
    return (int) crc.getValue();
  }
}

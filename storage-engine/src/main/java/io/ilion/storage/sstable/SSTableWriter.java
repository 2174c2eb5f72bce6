package io.ilion.storage.sstable;

import static io.ilion.model.data.Bytes.MAX_VINT_BYTES;
import static io.ilion.model.data.Bytes.putLong;
import static io.ilion.model.data.Bytes.putVint;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.AppendFile;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes one SSTable, version 1: a single file of blocks with partitions in the order of (token,
 * key), followed by what finds them. All numbers are big-endian, vint = LEB128; a deletion is two
 * i64: timestamp in microseconds and local time in seconds.
 *
 * <pre>
 * file: "ILIONSST", i32 version: 1, i32 0, block*, index, filter, properties, footer
 * block, compressed by the file's codec if that makes it shorter; some 16 KiB, or one long entry:
 *   entry*
 * entry:
 *   u8 1 head:      i64 token;  vint length, key;  u8 flags: 1 deletion, 2 static row;
 *                   deletion if 1;  vint length, row image if 2
 *   u8 2 marker:    vint length, position;  deletion before;  deletion after
 *   u8 3 row:       vint length of the key;  vint length of the image;  key;  image
 *   u8 4 continued: deletion in force here; stands first in a block that begins within a partition
 * index, for each block:
 *   u8 flags: 1 same partition key as the block before, 2 begins within a partition
 *   i64 token;  i32 length, key               unless 1
 *   i32 length, position of the first entry   if 2
 *   i64 offset;  i32 stored length;  i32 raw length (equal if not compressed);  i32 CRC32C as stored
 * filter: i32 probes;  i32 words;  i64 words
 * properties: i64 partitions, rows, least and greatest timestamp;  u8 codec: 0 none, 1 LZ4, 2 Zstd
 * footer, 64 bytes:
 *   i64 offset of the index;  i32 length, CRC32C;  the same of the filter and of the properties
 *   i32 number of blocks;  i32 CRC32C of the 52 bytes before;  "ILIONEND"
 * </pre>
 */
final class SSTableWriter {
  static final int VERSION = 1;
  static final byte[] MAGIC = "ILIONSST".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END_MAGIC = "ILIONEND".getBytes(StandardCharsets.US_ASCII);
  static final int HEADER_BYTES = 16;
  static final int FOOTER_BYTES = 64;
  static final int HEAD = 1;
  static final int MARKER = 2;
  static final int ROW = 3;
  static final int CONTINUED = 4;
  private static final int BLOCK_BYTES = 16 << 10;

  private final AppendFile file;
  private final BlockCodec codec;
  private final BloomFilter filter;
  private final CRC32C crc = new CRC32C();
  private final RowReader reader = new RowReader();
  private final ByteArrayOutputStream indexBytes = new ByteArrayOutputStream();
  private final DataOutputStream index = new DataOutputStream(indexBytes);
  private final List<ByteBuffer> sections = new ArrayList<>();
  private byte[] block = new byte[BLOCK_BYTES * 2];
  private int size;
  private int blocks;
  private long partitions;
  private long rows;
  private long minTimestamp = Long.MAX_VALUE;
  private long maxTimestamp = Long.MIN_VALUE;

  private long token;
  private byte[] key;
  private Deletion open = Deletion.NONE;
  private byte[] lastIndexedKey;
  private byte[] blockKey;
  private long blockToken;
  private byte[] blockPosition;

  SSTableWriter(AppendFile file, BlockCodec codec, BloomFilter filter) throws IOException {
    this.file = file;
    this.codec = codec;
    this.filter = filter;
    file.append(ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(VERSION).putInt(0).flip());
  }

  long partitions() {
    return partitions;
  }

  /** Adds the current partition of a cursor that shows markers and is never blocked. */
  void add(PartitionCursor source) throws IOException {
    byte[] fixed = source.staticRow();
    Deletion deletion = source.partitionDeletion();
    RowCursor cursor = source.rows(Slices.ALL, false);
    RowCursor.Step step = cursor.next();
    if (fixed == null && deletion.isNone() && step == RowCursor.Step.END) {
      return;
    }
    token = source.token();
    key = source.partitionKey();
    open = Deletion.NONE;
    filter.add(token);
    partitions++;
    head(deletion, fixed);
    while (step != RowCursor.Step.END) {
      if (step == RowCursor.Step.ROW) {
        row(cursor);
      } else {
        marker(cursor);
      }
      step = cursor.next();
    }
  }

  private void head(Deletion deletion, byte[] fixed) throws IOException {
    int length = fixed == null ? 0 : fixed.length;
    begin(null, 0, 0, 1 + 8 + 2 * MAX_VINT_BYTES + key.length + 1 + 16 + length);
    block[size++] = HEAD;
    putLong(block, size, token);
    size = putVint(block, size + 8, key.length);
    put(key, 0, key.length);
    block[size++] = (byte) ((deletion.isNone() ? 0 : 1) | (fixed == null ? 0 : 2));
    if (!deletion.isNone()) {
      put(deletion);
      seen(deletion.timestamp());
    }
    if (fixed != null) {
      size = putVint(block, size, length);
      put(fixed, 0, length);
      seen(fixed, 0, length);
    }
  }

  private void marker(RowCursor cursor) throws IOException {
    int length = cursor.keyLength();
    begin(cursor.keyArray(), cursor.keyOffset(), length, 1 + MAX_VINT_BYTES + length + 32);
    block[size++] = MARKER;
    size = putVint(block, size, length);
    put(cursor.keyArray(), cursor.keyOffset(), length);
    put(cursor.before());
    put(cursor.after());
    open = cursor.after();
    if (!open.isNone()) {
      seen(open.timestamp());
    }
  }

  private void row(RowCursor cursor) throws IOException {
    int keyLength = cursor.keyLength();
    int length = cursor.imageLength();
    begin(
        cursor.keyArray(),
        cursor.keyOffset(),
        keyLength,
        Math.addExact(1 + 2 * MAX_VINT_BYTES + keyLength, length));
    block[size++] = ROW;
    size = putVint(block, size, keyLength);
    size = putVint(block, size, length);
    put(cursor.keyArray(), cursor.keyOffset(), keyLength);
    put(cursor.imageArray(), cursor.imageOffset(), length);
    seen(cursor.imageArray(), cursor.imageOffset(), length);
    rows++;
  }

  private void seen(byte[] image, int offset, int length) {
    reader.wrap(image, offset, length);
    if (reader.hasLiveness()) {
      seen(reader.livenessTimestamp());
    }
    if (reader.hasDeletion()) {
      seen(reader.deletionTimestamp());
    }
    while (reader.nextCell()) {
      seen(reader.timestamp());
    }
  }

  private void seen(long timestamp) {
    minTimestamp = Math.min(minTimestamp, timestamp);
    maxTimestamp = Math.max(maxTimestamp, timestamp);
  }

  private void put(byte[] array, int offset, int length) {
    System.arraycopy(array, offset, block, size, length);
    size += length;
  }

  private void put(Deletion deletion) {
    putLong(block, size, deletion.timestamp());
    putLong(block, size + 8, deletion.localSeconds());
    size += 16;
  }

  /** Makes room for an entry; a full block ends before it. The position is null for a head. */
  private void begin(byte[] array, int offset, int length, int entryBytes) throws IOException {
    if (size > 0 && size + entryBytes > BLOCK_BYTES) {
      endBlock();
    }
    int needed = Math.addExact(size + 17, entryBytes);
    if (needed > block.length) {
      block = Arrays.copyOf(block, needed);
    }
    if (size == 0) {
      blockToken = token;
      blockKey = key;
      blockPosition = array == null ? null : Arrays.copyOfRange(array, offset, offset + length);
      if (blockPosition != null) {
        block[size++] = CONTINUED;
        put(open);
      }
    }
  }

  private void endBlock() throws IOException {
    byte[] packed = codec.compress(block, size);
    byte[] stored = packed == null ? block : packed;
    int length = packed == null ? size : packed.length;
    boolean sameKey = lastIndexedKey != null && Arrays.equals(lastIndexedKey, blockKey);
    index.writeByte((sameKey ? 1 : 0) | (blockPosition == null ? 0 : 2));
    if (!sameKey) {
      index.writeLong(blockToken);
      index.writeInt(blockKey.length);
      index.write(blockKey);
    }
    if (blockPosition != null) {
      index.writeInt(blockPosition.length);
      index.write(blockPosition);
    }
    index.writeLong(file.size());
    index.writeInt(length);
    index.writeInt(size);
    index.writeInt(crc(stored, length));
    file.append(ByteBuffer.wrap(stored, 0, length));
    lastIndexedKey = blockKey;
    blocks++;
    size = 0;
    if (block.length > 64 * BLOCK_BYTES) {
      block = new byte[BLOCK_BYTES * 2];
    }
  }

  private int crc(byte[] bytes, int length) {
    crc.reset();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** Writes what finds the blocks, and syncs the file. */
  void finish() throws IOException {
    if (size > 0) {
      endBlock();
    }
    ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
    section(footer, indexBytes.toByteArray());
    ByteBuffer words = ByteBuffer.allocate(Math.addExact(8, 8 * filter.words().length));
    words.putInt(filter.probes()).putInt(filter.words().length);
    for (long word : filter.words()) {
      words.putLong(word);
    }
    section(footer, words.array());
    ByteBuffer properties = ByteBuffer.allocate(33);
    properties.putLong(partitions).putLong(rows).putLong(minTimestamp).putLong(maxTimestamp);
    section(footer, properties.put((byte) codec.ordinal()).array());
    footer.putInt(blocks);
    footer.putInt(crc(footer.array(), 52)).put(END_MAGIC).flip();
    for (ByteBuffer section : sections) {
      file.append(section);
    }
    file.append(footer);
    file.sync();
  }

  private void section(ByteBuffer footer, byte[] bytes) {
    long offset = file.size();
    for (ByteBuffer section : sections) {
      offset += section.remaining();
    }
    footer.putLong(offset).putInt(bytes.length).putInt(crc(bytes, bytes.length));
    sections.add(ByteBuffer.wrap(bytes));
  }
}

package io.ilion.storage.sstable;

import static io.ilion.model.data.Bytes.MAX_VINT_BYTES;
import static io.ilion.model.data.Bytes.putInt;
import static io.ilion.model.data.Bytes.putLong;
import static io.ilion.model.data.Bytes.putVint;

import io.ilion.model.data.Deletion;
import io.ilion.runtime.AppendFile;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Writes one SSTable, version 1: a single file of blocks with partitions in the order of (token,
 * key), each run of blocks followed by the index page that leads to them. All numbers are
 * big-endian, vint = LEB128; a deletion is two i64: timestamp in microseconds and local time in
 * seconds. Checksums are CRC32C of the bytes as they are stored.
 *
 * <pre>
 * file: "ILIONSST", i32 version: 1, i32 0, (block+, page)*, root, statistics, footer
 *
 * block, compressed by the file's codec if that makes it shorter; 8 KiB, or one long entry:
 *   entry*
 *   offset of each entry; number of each entry that is a head
 *     (u16 each, or i32 if the block is longer than 65,535 bytes)
 *   i32 entries;  i32 heads;  i32 markers
 * entry:
 *   u8 1 head:      i64 token;  vint length, key;  u8 flags: 1 deletion, 2 static row;
 *                   deletion if 1;  vint length, row image if 2
 *   u8 2 marker:    vint length, position;  deletion before;  deletion after
 *   u8 3 row:       vint length of the key;  vint length of the image;  key;  image
 *   u8 4 continued: deletion in force here; stands first in a block that begins within a partition
 *
 * page (index page), some 8 KiB, more if keys are long:
 *   i32 blocks;  i32 words of the filter;  i32 probes of the filter;  i64 words
 *   for each block, 48 bytes:
 *     where it begins, below; the key and the position as i32 offset in the page, i32 length:
 *     i64 token;  partition key;  position (length -1 for none)
 *     i64 offset in the file;  i32 stored length;  i32 raw length (equal if not compressed)
 *     i32 checksum;  i32 flags: 1 the partition at the end goes on in the next block
 *   keys and positions
 *   The filter knows the partitions whose heads are in these blocks.
 *
 * where a block begins: a place behind what is in the block before, and not behind its own first
 *   entry, so that whatever is at or behind the place is looked for in this block. If the first
 *   entry is a head: its token and no position, with an empty key unless the partition before has
 *   the same token. Otherwise the token and key of the partition that goes on, and of the position
 *   as many bytes as tell it from the one before; all of it if they are equal.
 *
 * root: i32 pages; for each page:
 *   where its first block begins: i64 token;  i32 length, key (-1: that of the page before)
 *     i32 length, position (-1: none)
 *   i64 offset;  i32 length;  i32 checksum;  i32 blocks
 *
 * statistics:
 *   i64 partitions, rows, cells, tombstones, bytes of the blocks when not compressed
 *   i64 least and greatest timestamp, earliest and latest time of a deletion or expiry
 *   i64 first and last token
 *   u8 flags: 1 some partition is deleted, 2 some has a static row, 4 there are rows or markers
 *   i32 lengths of the first and last position, cut to 256 bytes; these positions
 *   times of deletion and expiry: i32 s, i32 n; n times (i64 time >> s, ascending; i64 how many)
 *
 * footer, 56 bytes:
 *   i64 offset, i32 length, i32 checksum of the root;  the same of the statistics
 *   u8 codec: 0 none, 1 LZ4, 2 Zstd;  3 bytes 0;  i32 version: 1
 *   i32 sign of the table and generation that it was written as (0: unknown)
 *   i32 checksum of the 44 bytes before;  "ILIONEND"
 * </pre>
 *
 * A reader keeps the root in memory, some ten-thousandth of the file. A partition is found, or
 * found absent, by its page; the page and the block are read through the cache.
 */
final class SSTableWriter {
  static final int VERSION = 1;
  static final byte[] MAGIC = "ILIONSST".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END_MAGIC = "ILIONEND".getBytes(StandardCharsets.US_ASCII);
  static final int HEADER_BYTES = 16;
  static final int FOOTER_BYTES = 56;
  static final int HEAD = 1;
  static final int MARKER = 2;
  static final int ROW = 3;
  static final int CONTINUED = 4;

  private static final byte[] NO_KEY = {};

  /** The numbers at the end of a block. */
  static final int TAIL_BYTES = 12;

  private static final int BLOCK_BYTES = BlockCache.BUFFER_BYTES;
  private static final int PAGE_BYTES = BlockCache.BUFFER_BYTES;

  /** What a page may still grow by when a block is added, but for a long key. */
  private static final int PAGE_RESERVE = 512;

  /** A page with long keys is as long as it must be to lead to so many blocks. */
  private static final int LEAST_PAGE_BLOCKS = 32;

  private final BlockOutput out;
  private final int sign;
  private final IndexPageWriter page;
  private final Statistics.Collector statistics = new Statistics.Collector();
  private final ByteArrayOutputStream rootBytes = new ByteArrayOutputStream();
  private final DataOutputStream root = new DataOutputStream(rootBytes);
  private byte[] block = new byte[BLOCK_BYTES * 2];
  private int size;
  private int[] offsets = new int[1024];
  private int[] heads = new int[1024];
  private int entryCount;
  private int headCount;
  private int markerCount;
  private int pages;

  private long token;
  private byte[] key;
  private Deletion open = Deletion.NONE;

  /** The partition's last row or marker; the length is 0 if it has none yet. */
  private byte[] last = new byte[64];

  private int lastLength;

  /** The first row or marker of the partition, and what follows those that were added. */
  private byte[] first;

  /** Stands at the partition that was begun, until its head is written; what that consists of. */
  private PartitionCursor begun;

  private byte[] begunStaticRow;
  private Deletion begunDeletion;

  private RowCursor rows;
  private RowCursor.Step step;

  private IndexPageWriter.Start start;

  SSTableWriter(AppendFile file, int sign, BlockCompressor compressor, double falsePositiveChance)
      throws IOException {
    this.out = new BlockOutput(file, compressor);
    this.sign = sign;
    this.page = new IndexPageWriter(falsePositiveChance);
    append(ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(VERSION).putInt(0).array());
  }

  /** What tells a file from others that could stand under its name by mistake; never 0. */
  static int sign(UUID table, long generation) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(24)
            .putLong(table.getMostSignificantBits())
            .putLong(table.getLeastSignificantBits())
            .putLong(generation)
            .flip());
    return Math.max(1, (int) crc.getValue() >>> 1);
  }

  /** How wide the numbers in the tail of a block of a length are. */
  static int offsetBytes(int blockLength) {
    return blockLength <= 0xffff ? 2 : 4;
  }

  long partitions() {
    return statistics.partitions();
  }

  /** How long the file is by now. */
  long bytes() {
    return out.size();
  }

  /**
   * Begins to add the current partition of a cursor that shows markers; its rows follow by {@link
   * #addRows}. The cursor stands there until all of them are added.
   */
  void begin(PartitionCursor source) {
    begun = source;
    // Merging it behind the first row would take the place of that.
    begunStaticRow = source.staticRow();
    begunDeletion = source.partitionDeletion();
    rows = source.rows(Slices.ALL, false);
    step = RowCursor.Step.BLOCKED;
  }

  /**
   * Adds rows of the partition that was begun.
   *
   * @param length once the file is as long as this, the rest waits for another call
   * @return END if the partition is whole, BLOCKED if its cursor is; otherwise there are more rows
   */
  RowCursor.Step addRows(long length) throws IOException {
    if (step == RowCursor.Step.BLOCKED) {
      step = rows.next();
      if (step == RowCursor.Step.BLOCKED) {
        return step;
      }
    }
    if (begun != null) {
      beginPartition(begun);
      begun = null;
    }
    while (step == RowCursor.Step.ROW || step == RowCursor.Step.MARKER) {
      if (step == RowCursor.Step.ROW) {
        row(rows);
      } else {
        marker(rows);
      }
      setLast(rows);
      step = rows.next();
      if (bytes() >= length) {
        break;
      }
    }
    if (step == RowCursor.Step.END && first != null) {
      statistics.positions(first, last, lastLength);
      first = null;
    }
    return step;
  }

  /** As {@link RowCursor#awaitBlock}, when {@link #addRows} said BLOCKED. */
  void awaitBlock(Runnable resume) {
    rows.awaitBlock(resume);
  }

  /** Writes the head of a partition whose first entry is known, unless there is nothing of it. */
  private void beginPartition(PartitionCursor source) throws IOException {
    byte[] fixed = begunStaticRow;
    Deletion deletion = begunDeletion;
    first = null;
    if (fixed == null && deletion.isNone() && step == RowCursor.Step.END) {
      return;
    }
    boolean sameToken = statistics.partitions() > 0 && token == source.token();
    token = source.token();
    key = source.partitionKey();
    open = Deletion.NONE;
    lastLength = 0;
    statistics.partition(token, deletion, fixed);
    head(deletion, fixed, sameToken);
    first = step == RowCursor.Step.END ? null : position(rows, rows.keyLength());
  }

  /** A copy of the first bytes of the cursor's position. */
  private static byte[] position(RowCursor cursor, int length) {
    int offset = cursor.keyOffset();
    return Arrays.copyOfRange(cursor.keyArray(), offset, offset + length);
  }

  private void setLast(RowCursor cursor) {
    int length = cursor.keyLength();
    if (length > last.length) {
      last = new byte[Math.max(length, last.length * 2)];
    }
    System.arraycopy(cursor.keyArray(), cursor.keyOffset(), last, 0, length);
    lastLength = length;
  }

  /** As much of the cursor's position as tells it from the last one; all of it if it is equal. */
  private byte[] separator(RowCursor cursor) {
    int offset = cursor.keyOffset();
    int length = cursor.keyLength();
    int common = Arrays.mismatch(last, 0, lastLength, cursor.keyArray(), offset, offset + length);
    return position(cursor, common < 0 ? length : Math.min(length, common + 1));
  }

  private void head(Deletion deletion, byte[] fixed, boolean sameToken) throws IOException {
    int length = fixed == null ? 0 : fixed.length;
    begin(null, 1 + 8 + 2 * MAX_VINT_BYTES + key.length + 1 + 16 + length);
    if (entryCount == 1) {
      start = new IndexPageWriter.Start(token, sameToken ? key : NO_KEY, null);
    }
    page.addPartition(token);
    if (headCount == heads.length) {
      heads = Arrays.copyOf(heads, headCount * 2);
    }
    heads[headCount++] = entryCount - 1;
    block[size++] = HEAD;
    putLong(block, size, token);
    size = putVint(block, size + 8, key.length);
    put(key, 0, key.length);
    block[size++] = (byte) ((deletion.isNone() ? 0 : 1) | (fixed == null ? 0 : 2));
    if (!deletion.isNone()) {
      put(deletion);
    }
    if (fixed != null) {
      size = putVint(block, size, length);
      put(fixed, 0, length);
    }
  }

  private void marker(RowCursor cursor) throws IOException {
    int length = cursor.keyLength();
    begin(cursor, 1 + MAX_VINT_BYTES + length + 32);
    markerCount++;
    block[size++] = MARKER;
    size = putVint(block, size, length);
    put(cursor.keyArray(), cursor.keyOffset(), length);
    put(cursor.before());
    put(cursor.after());
    open = cursor.after();
    statistics.marker(open);
  }

  private void row(RowCursor cursor) throws IOException {
    int keyLength = cursor.keyLength();
    int length = cursor.imageLength();
    begin(cursor, Math.addExact(1 + 2 * MAX_VINT_BYTES + keyLength, length));
    block[size++] = ROW;
    size = putVint(block, size, keyLength);
    size = putVint(block, size, length);
    put(cursor.keyArray(), cursor.keyOffset(), keyLength);
    put(cursor.imageArray(), cursor.imageOffset(), length);
    statistics.row(cursor.imageArray(), cursor.imageOffset(), length);
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

  /** Makes room for an entry; a full block ends before it. The cursor is null for a head. */
  private void begin(RowCursor cursor, int entryBytes) throws IOException {
    int tail = TAIL_BYTES + 2 * (entryCount + headCount + 2);
    if (size > 0 && size + entryBytes + tail > BLOCK_BYTES) {
      endBlock(cursor != null);
    }
    int needed = Math.addExact(size + 17, entryBytes);
    if (needed > block.length) {
      block = Arrays.copyOf(block, needed);
    }
    if (size == 0 && cursor != null) {
      start = new IndexPageWriter.Start(token, key, separator(cursor));
      entry();
      block[size++] = CONTINUED;
      put(open);
    }
    entry();
  }

  /** An entry begins here. */
  private void entry() {
    if (entryCount == offsets.length) {
      offsets = Arrays.copyOf(offsets, entryCount * 2);
    }
    offsets[entryCount++] = size;
  }

  private void endBlock(boolean goesOn) throws IOException {
    int numbers = entryCount + headCount;
    int width = offsetBytes(size + 2 * numbers + TAIL_BYTES);
    int length = Math.addExact(size, width * numbers + TAIL_BYTES);
    if (length > block.length) {
      block = Arrays.copyOf(block, length);
    }
    for (int i = 0; i < entryCount; i++) {
      number(offsets[i], width);
    }
    for (int i = 0; i < headCount; i++) {
      number(heads[i], width);
    }
    putInt(block, size, entryCount);
    putInt(block, size + 4, headCount);
    putInt(block, size + 8, markerCount);
    page.addBlock(start, out.block(block, length, goesOn));
    statistics.block(length);
    size = 0;
    entryCount = 0;
    headCount = 0;
    markerCount = 0;
    if (block.length > 64 * BLOCK_BYTES) {
      block = new byte[BLOCK_BYTES * 2];
    }
    if (page.bytes() > PAGE_BYTES - PAGE_RESERVE
        && (page.nameBytes() < PAGE_BYTES / 2 || page.blocks() >= LEAST_PAGE_BLOCKS)) {
      endPage();
    }
  }

  private void number(int value, int width) {
    if (width == 2) {
      block[size] = (byte) (value >> 8);
      block[size + 1] = (byte) value;
    } else {
      putInt(block, size, value);
    }
    size += width;
  }

  private void endPage() throws IOException {
    byte[] bytes = page.page();
    long offset = out.size();
    page.finish(root, offset, bytes.length, append(bytes));
    pages++;
  }

  /** Appends bytes; returns their checksum. */
  private int append(byte[] bytes) throws IOException {
    return out.append(bytes, bytes.length);
  }

  /** Writes what finds the pages, and syncs the file. */
  void finish() throws IOException {
    if (size > 0) {
      endBlock(false);
    }
    if (page.blocks() > 0) {
      endPage();
    }
    ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
    ByteBuffer index = ByteBuffer.allocate(Math.addExact(4, rootBytes.size()));
    section(footer, index.putInt(pages).put(rootBytes.toByteArray()).array());
    section(footer, statistics.statistics().toBytes());
    footer.put((byte) out.codec().ordinal()).put(new byte[3]).putInt(VERSION).putInt(sign);
    CRC32C crc = new CRC32C();
    crc.update(footer.array(), 0, FOOTER_BYTES - 12);
    append(footer.putInt((int) crc.getValue()).put(END_MAGIC).array());
    out.sync();
  }

  private void section(ByteBuffer footer, byte[] bytes) throws IOException {
    footer.putLong(out.size()).putInt(bytes.length).putInt(append(bytes));
  }
}

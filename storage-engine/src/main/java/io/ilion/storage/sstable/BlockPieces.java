package io.ilion.storage.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what a file has of some ranges into pieces: blocks as they are stored, with what its index
 * says of them.
 *
 * <pre>
 * piece: u8 version of the file's format;  u8 codec of the file
 *   i32 range to go on with (their number: there is nothing more);  i64 block in it (-1: the first)
 *   i32 blocks, each: i32 range;  i32 stored length;  i32 raw length (equal if not compressed)
 *     i32 checksum of the bytes as they are stored
 *   the blocks
 * </pre>
 */
final class BlockPieces {
  static final long FIRST = -1;
  private static final byte[] NO_KEY = {};
  private static final int HEADER_BYTES = 18;
  private static final int ENTRY_BYTES = 16;
  private static final int LONGEST_BLOCK = 1 << 29;

  private final SSTable table;
  private final List<TokenRange> ranges;
  private final int limit;
  private final ByteSink entries = new ByteSink();
  private final List<Run> runs = new ArrayList<>();
  private int range;
  private long block;
  private int count;
  private int bytes;

  /** Neighbouring blocks, which are read at once. */
  private record Run(long offset, int length) {}

  private BlockPieces(SSTable table, List<TokenRange> ranges, int range, long block, int limit) {
    this.table = table;
    this.ranges = ranges;
    this.range = range;
    this.block = block;
    this.limit = limit;
  }

  /** The piece that begins at a block of a range; blocks, of course. */
  static byte[] read(SSTable table, List<TokenRange> ranges, int range, long block, int limit) {
    return new BlockPieces(table, ranges, range, block, limit).read();
  }

  private byte[] read() {
    while (range < ranges.size() && !isFull()) {
      TokenRange wanted = ranges.get(range);
      boolean concerned = wanted.end() >= table.firstToken() && wanted.start() < table.lastToken();
      if (!concerned || collect(wanted)) {
        range++;
        block = FIRST;
      }
    }
    int body = HEADER_BYTES + count * ENTRY_BYTES;
    byte[] piece = new byte[body + bytes];
    ByteBuffer out = ByteBuffer.wrap(piece);
    out.put((byte) SSTableWriter.VERSION).put((byte) table.codec().ordinal());
    out.putInt(range).putLong(block).putInt(count);
    out.put(entries.toByteArray());
    for (Run run : runs) {
      table.read(run.offset, out.slice(body, run.length));
      body += run.length;
    }
    return piece;
  }

  private boolean isFull() {
    return count > 0 && bytes >= limit;
  }

  /** Adds blocks of a range; true if these were all. */
  private boolean collect(TokenRange wanted) {
    int page;
    int number = -1;
    if (block == FIRST) {
      page = table.root().pageOf(new Place().atHead(wanted.start() + 1, NO_KEY));
    } else {
      page = (int) (block >>> 32);
      number = (int) block;
    }
    for (; page < table.root().pages; page++) {
      Block index = table.readPage(page);
      try {
        if (number < 0) {
          Place place = new Place().atHead(wanted.start() + 1, NO_KEY);
          number = IndexPage.blockOf(index.bytes, place, table.root().endToken(page));
        }
        long from = IndexPage.offset(index.bytes, number);
        int length = 0;
        int blocks = table.root().blocks[page];
        boolean isOver = false;
        while (number < blocks && !isOver && !isFull()) {
          isOver = IndexPage.token(index.bytes, number) > wanted.end();
          if (!isOver) {
            int stored = IndexPage.storedLength(index.bytes, number);
            entries.writeInt(range);
            entries.writeInt(stored);
            entries.writeInt(IndexPage.rawLength(index.bytes, number));
            entries.writeInt(IndexPage.crc(index.bytes, number));
            count++;
            bytes += stored;
            length += stored;
            number++;
          }
        }
        if (length > 0) {
          runs.add(new Run(from, length));
        }
        if (isOver) {
          return true;
        }
        if (number < blocks) {
          block = (long) page << 32 | number;
          return false;
        }
        number = 0;
      } finally {
        index.release();
      }
      if (isFull() && page + 1 < table.root().pages) {
        block = (long) (page + 1) << 32;
        return false;
      }
    }
    return true;
  }

  /** A piece that arrived, block by block. */
  static final class Reader {
    private final ByteBuffer in;
    private final byte[] array;
    private final int end;
    private final BlockCodec codec;
    private int left;
    private int at;

    int range;
    int stored;
    int raw;
    int checksum;

    /**
     * Opens a piece.
     *
     * @throws CorruptDataException if it cannot be one
     */
    Reader(ByteBuffer piece) {
      in = piece.duplicate();
      array = in.array();
      end = in.arrayOffset() + in.limit();
      try {
        int version = in.get();
        if (version != SSTableWriter.VERSION) {
          throw new CorruptDataException("blocks are of version " + version);
        }
        int ordinal = in.get();
        if (ordinal < 0 || ordinal >= BlockCodec.values().length) {
          throw new CorruptDataException("blocks are compressed by an unknown codec " + ordinal);
        }
        codec = BlockCodec.values()[ordinal];
        in.getInt();
        in.getLong();
        left = in.getInt();
        if (left < 0 || left > in.remaining() / ENTRY_BYTES) {
          throw new CorruptDataException("a piece says that it has " + left + " blocks");
        }
        at = in.arrayOffset() + in.position() + left * ENTRY_BYTES;
      } catch (BufferUnderflowException e) {
        throw new CorruptDataException("a piece of a file ends too early", e);
      }
    }

    BlockCodec codec() {
      return codec;
    }

    /** Goes to the next block; false if there is none. */
    boolean next() {
      if (left == 0) {
        return false;
      }
      left--;
      range = in.getInt();
      stored = in.getInt();
      raw = in.getInt();
      checksum = in.getInt();
      if (stored < 0 || raw < stored || raw > LONGEST_BLOCK || at + (long) stored > end) {
        throw new CorruptDataException("a piece has not all of its blocks");
      }
      at += stored;
      return true;
    }

    /** What has the bytes of the block. */
    byte[] array() {
      return array;
    }

    /** Where in the array the bytes of the block begin. */
    int offset() {
      return at - stored;
    }
  }
}

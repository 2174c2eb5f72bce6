package io.ilion.storage.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.ReadFile;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** An open SSTable; the format stands at {@link SSTableWriter}. Safe for several threads. */
final class SSTable implements TableFile {
  private final Files files;
  private final String path;
  private final long generation;
  private final Executor reads;
  private final Executor closing;
  private final BlockCache cache;
  private final ReadFile file;
  private final RootIndex root;
  private final BlockCodec codec;
  private final Statistics statistics;

  /** Before and behind all rows and markers; null if a partition has more than these. */
  private final byte[] beforeRows;

  private final byte[] behindRows;

  /** The index pages that are in memory. */
  private final AtomicReferenceArray<Block> pages;

  private final AtomicInteger references = new AtomicInteger(1);
  private final AtomicLong missedBytes = new AtomicLong();
  private volatile boolean obsolete;

  private SSTable(
      Files files,
      String path,
      long generation,
      Executor reads,
      Executor closing,
      BlockCache cache,
      ReadFile file,
      SSTableSummary summary) {
    this.files = files;
    this.path = path;
    this.generation = generation;
    this.reads = reads;
    this.closing = closing;
    this.cache = cache;
    this.file = file;
    this.root = summary.root();
    this.codec = summary.codec();
    this.statistics = summary.statistics();
    boolean isRowsOnly = statistics.hasOnlyRows();
    this.beforeRows = isRowsOnly ? before(statistics.firstPosition()) : null;
    this.behindRows = isRowsOnly ? Slices.behind(statistics.lastPosition()) : null;
    this.pages = new AtomicReferenceArray<>(root.pages);
  }

  /**
   * Opens a file.
   *
   * @param generation the number that it was written with
   * @param as the number by which this node, and its cache, knows it
   */
  static SSTable open(
      Files files,
      String path,
      UUID tableId,
      long generation,
      long as,
      Executor reads,
      Executor closing,
      BlockCache cache)
      throws IOException {
    ReadFile file = files.open(path);
    try {
      SSTableSummary summary = SSTableSummary.read(file, path, tableId, generation);
      return new SSTable(files, path, as, reads, closing, cache, file, summary);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  RootIndex root() {
    return root;
  }

  Executor reads() {
    return reads;
  }

  BlockCodec codec() {
    return codec;
  }

  @Override
  public long missedBytes() {
    return missedBytes.get();
  }

  @Override
  public boolean isCopyable() {
    return true;
  }

  @Override
  public byte[] copy(List<TokenRange> ranges, int range, long block, int limit) {
    return BlockPieces.read(this, ranges, range, block, limit);
  }

  /** Reads as many bytes as there is room for. */
  void read(long offset, ByteBuffer destination) {
    try {
      file.readAt(offset, destination);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + " at offset " + offset, e);
    }
  }

  /** An index page with a reference for the caller, or null if it has to be waited for. */
  Block pageInMemory(int page) {
    Block.Key key = null;
    Block there = cache.get(pages, page);
    if (there == null) {
      key = new Block.Key(generation, root.offsets[page]);
      there = cache.find(pages, page, key);
    }
    return there != null ? there : readPage(page, key, true);
  }

  /**
   * Reads an index page; waits.
   *
   * @throws CorruptDataException if its checksum does not match
   */
  Block readPage(int page) {
    Block there = cache.get(pages, page);
    return there != null
        ? there
        : readPage(page, new Block.Key(generation, root.offsets[page]), false);
  }

  private Block readPage(int page, Block.Key key, boolean atOnce) {
    int length = root.lengths[page];
    Block read = cache.take(key, length);
    boolean kept = false;
    try {
      if (!fill(key.offset(), read.bytes, length, atOnce)) {
        return null;
      }
      check(read.bytes, 0, length, root.crcs[page], key.offset());
      read.becomePage(root.blocks[page]);
      cache.put(pages, page, read);
      missedBytes.addAndGet(length);
      kept = true;
      return read;
    } finally {
      if (!kept) {
        read.release();
      }
    }
  }

  /** What reads ahead for one cursor, of a lane or of background work. */
  ReadAhead newReadAhead(boolean background) {
    return new ReadAhead(this, cache, background);
  }

  /**
   * A block with a reference for the caller, or null if it has to be waited for.
   *
   * @param ahead of a cursor that goes from one block to the next, else null
   */
  Block blockInMemory(Block page, int number, ReadAhead ahead) {
    Block.Key key = null;
    Block there = cache.get(page.children(), number);
    if (there == null) {
      key = new Block.Key(generation, IndexPage.offset(page.bytes, number));
      there = cache.find(page.children(), number, key);
    }
    return there != null ? there : readBlock(page, number, key, true, true, ahead);
  }

  /**
   * Reads a block; waits.
   *
   * @param keep whether it goes into the cache; what is read once does not
   * @param ahead of a cursor that goes from one block to the next, else null
   * @throws CorruptDataException if its checksum does not match, or it does not decompress
   */
  Block readBlock(Block page, int number, boolean keep, ReadAhead ahead) {
    Block there = cache.get(page.children(), number);
    if (there != null) {
      return there;
    }
    Block.Key key = new Block.Key(generation, IndexPage.offset(page.bytes, number));
    return readBlock(page, number, key, keep, false, ahead);
  }

  private Block readBlock(
      Block page, int number, Block.Key key, boolean keep, boolean atOnce, ReadAhead ahead) {
    int stored = IndexPage.storedLength(page.bytes, number);
    int raw = IndexPage.rawLength(page.bytes, number);
    Block read = cache.take(key, raw);
    byte[] buffer = null;
    boolean whole = false;
    try {
      boolean together = ahead != null && ahead.cover(page, number, atOnce);
      byte[] source = read.bytes;
      int at = 0;
      if (together) {
        source = ahead.bytes();
        at = ahead.at(key.offset());
      } else {
        if (stored != raw) {
          buffer = cache.buffer(stored);
          source = buffer;
        }
        if (!fill(key.offset(), source, stored, atOnce)) {
          return null;
        }
      }
      check(source, at, stored, IndexPage.crc(page.bytes, number), key.offset());
      if (stored != raw) {
        decompress(source, at, stored, read);
      } else if (together) {
        System.arraycopy(source, at, read.bytes, 0, raw);
      }
      if (keep) {
        cache.put(page.children(), number, read);
        missedBytes.addAndGet(raw);
      }
      whole = true;
    } finally {
      if (buffer != null) {
        cache.recycle(buffer);
      }
      if (!whole) {
        read.release();
      }
    }
    return read;
  }

  private void decompress(byte[] source, int at, int stored, Block into) {
    try {
      codec.decompress(source, at, stored, into.bytes, into.length);
    } catch (CorruptDataException e) {
      throw new CorruptDataException(
          "%s is damaged at offset %d: %s".formatted(path, into.key.offset(), e.getMessage()), e);
    }
  }

  /** Reads bytes of the file; false if they are wanted at once and are not in memory. */
  boolean fill(long offset, byte[] buffer, int length, boolean atOnce) {
    try {
      ByteBuffer destination = ByteBuffer.wrap(buffer, 0, length);
      if (atOnce) {
        return file.tryReadAt(offset, destination);
      }
      file.readAt(offset, destination);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + " at offset " + offset, e);
    }
  }

  private void check(byte[] bytes, int at, int length, int expected, long offset) {
    SSTableSummary.check(path, bytes, at, length, expected, offset);
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public PartitionCursor partition(long token, byte[] key, Slices slices, Lane lane) {
    if (token < statistics.firstToken()
        || token > statistics.lastToken()
        || !statistics.mayConcern(slices)) {
      return null;
    }
    Place place = new Place().atHead(token, key);
    int number = root.pageOf(place);
    Block page = cache.get(pages, number);
    if (page != null && !IndexPage.mayContain(page.bytes, token)) {
      page.release();
      return null;
    }
    return new SSTableCursor(this, lane, token, key, place, number, page);
  }

  @Override
  public byte[] latePosition(Slices slices, boolean reversed) {
    List<Slices.Interval> intervals = slices.intervals();
    if (beforeRows == null || intervals.isEmpty()) {
      return null;
    }
    if (reversed) {
      byte[] end = intervals.get(intervals.size() - 1).end();
      return Arrays.compareUnsigned(behindRows, end) < 0 ? behindRows : null;
    }
    byte[] start = intervals.get(0).start();
    return Arrays.compareUnsigned(beforeRows, start) > 0 ? beforeRows : null;
  }

  /** A position that is just before another, or null if that is the first of all. */
  private static byte[] before(byte[] position) {
    int last = position.length - 1;
    if (last < 0) {
      return null;
    }
    if (position[last] == 0) {
      return Arrays.copyOf(position, last);
    }
    byte[] before = Slices.behind(position);
    before[last]--;
    return before;
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Slices slices, Lane lane) {
    if (range.endToken() < statistics.firstToken()
        || range.startToken() > statistics.lastToken()
        || !statistics.mayConcern(slices)) {
      return null;
    }
    return new SSTableCursor(this, lane, range);
  }

  @Override
  public void retain() {
    references.incrementAndGet();
  }

  @Override
  public void release() {
    if (references.decrementAndGet() == 0) {
      boolean delete = obsolete;
      closing.execute(() -> close(delete));
    }
  }

  private void close(boolean delete) {
    try {
      file.close();
      drop();
      if (delete) {
        files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot let go of " + path, e);
    }
  }

  /** Takes out of the cache what is known to be there; the rest leaves it as nobody asks for it. */
  private void drop() {
    for (int i = 0; i < pages.length(); i++) {
      Block page = pages.get(i);
      if (page != null) {
        AtomicReferenceArray<Block> children = page.children();
        for (int j = 0; j < children.length(); j++) {
          Block child = children.get(j);
          if (child != null) {
            cache.drop(child);
          }
        }
        cache.drop(page);
      }
    }
  }

  @Override
  public void markObsolete() {
    obsolete = true;
  }

  @Override
  public long bytes() {
    return file.size();
  }

  @Override
  public long partitions() {
    return statistics.partitions();
  }

  @Override
  public long rows() {
    return statistics.rows();
  }

  @Override
  public long cells() {
    return statistics.cells();
  }

  @Override
  public long tombstones() {
    return statistics.tombstones();
  }

  @Override
  public long deletedOrExpiredBefore(long seconds) {
    return statistics.deletionTimes().before(seconds);
  }

  @Override
  public long rawBytes() {
    return statistics.rawBytes();
  }

  @Override
  public boolean hasStaticRows() {
    return statistics.staticRows();
  }

  @Override
  public long minTimestamp() {
    return statistics.minTimestamp();
  }

  @Override
  public long maxTimestamp() {
    return statistics.maxTimestamp();
  }

  @Override
  public long minLocalDeletion() {
    return statistics.minLocalDeletion();
  }

  @Override
  public long maxLocalDeletion() {
    return statistics.maxLocalDeletion();
  }

  @Override
  public long firstToken() {
    return statistics.firstToken();
  }

  @Override
  public long lastToken() {
    return statistics.lastToken();
  }
}

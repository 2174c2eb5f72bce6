package io.ilion.storage.sstable;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.ReadFile;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.TableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/** An open SSTable; the format stands at {@link SSTableWriter}. Safe for several threads. */
final class SSTable implements TableFile {
  private static final byte[] NO_KEY = {};

  private final Files files;
  private final String path;
  private final long generation;
  private final Executor background;
  private final BlockCache cache;
  private final ReadFile file;
  private final BlockIndex index;
  private final BloomFilter filter;
  private final BlockCodec codec;
  private final long partitions;
  private final long minTimestamp;
  private final long maxTimestamp;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile boolean obsolete;

  private SSTable(
      Files files,
      String path,
      long generation,
      Executor background,
      BlockCache cache,
      ReadFile file,
      BlockIndex index,
      BloomFilter filter,
      ByteBuffer properties) {
    this.files = files;
    this.path = path;
    this.generation = generation;
    this.background = background;
    this.cache = cache;
    this.file = file;
    this.index = index;
    this.filter = filter;
    this.partitions = properties.getLong(0);
    this.minTimestamp = properties.getLong(16);
    this.maxTimestamp = properties.getLong(24);
    this.codec = BlockCodec.values()[properties.get(32)];
  }

  static SSTable open(
      Files files, String path, long generation, Executor background, BlockCache cache)
      throws IOException {
    ReadFile file = files.open(path);
    try {
      long size = file.size();
      if (size < SSTableWriter.HEADER_BYTES + SSTableWriter.FOOTER_BYTES) {
        throw new CorruptDataException(path + " is too short for an SSTable");
      }
      byte[] header = read(file, 0, SSTableWriter.HEADER_BYTES);
      if (!startsWith(header, 0, SSTableWriter.MAGIC)) {
        throw new CorruptDataException(path + " is no SSTable");
      }
      int version = Bytes.getInt(header, 8);
      if (version != SSTableWriter.VERSION) {
        throw new IOException(path + " has version " + version + "; this node reads version 1");
      }
      int footerBytes = SSTableWriter.FOOTER_BYTES;
      byte[] footer = read(file, size - footerBytes, footerBytes);
      if (!startsWith(footer, 56, SSTableWriter.END_MAGIC)
          || Bytes.getInt(footer, 52) != crc(footer, 52)) {
        throw new CorruptDataException("the footer of " + path + " is damaged");
      }
      BlockIndex index = index(section(path, file, footer, 0, "index"), Bytes.getInt(footer, 48));
      BloomFilter filter = filter(section(path, file, footer, 16, "filter"));
      ByteBuffer properties = section(path, file, footer, 32, "properties");
      return new SSTable(
          files, path, generation, background, cache, file, index, filter, properties);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static boolean startsWith(byte[] bytes, int offset, byte[] magic) {
    return Arrays.equals(bytes, offset, offset + magic.length, magic, 0, magic.length);
  }

  private static byte[] read(ReadFile file, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    file.readAt(offset, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static ByteBuffer section(String path, ReadFile file, byte[] footer, int at, String name)
      throws IOException {
    byte[] bytes = read(file, Bytes.getLong(footer, at), Bytes.getInt(footer, at + 8));
    if (crc(bytes, bytes.length) != Bytes.getInt(footer, at + 12)) {
      throw new CorruptDataException("the " + name + " of " + path + " is damaged");
    }
    return ByteBuffer.wrap(bytes);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static BlockIndex index(ByteBuffer in, int count) {
    BlockIndex index = new BlockIndex(count);
    for (int i = 0; i < count; i++) {
      int flags = in.get();
      if ((flags & 1) != 0) {
        index.tokens[i] = index.tokens[i - 1];
        index.keys[i] = index.keys[i - 1];
      } else {
        index.tokens[i] = in.getLong();
        index.keys[i] = bytes(in);
      }
      index.positions[i] = (flags & 2) == 0 ? null : bytes(in);
      index.offsets[i] = in.getLong();
      index.storedLengths[i] = in.getInt();
      index.rawLengths[i] = in.getInt();
      index.crcs[i] = in.getInt();
    }
    return index;
  }

  private static byte[] bytes(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  private static BloomFilter filter(ByteBuffer in) {
    int probes = in.getInt();
    long[] words = new long[in.getInt()];
    in.asLongBuffer().get(words);
    return new BloomFilter(words, probes);
  }

  BlockIndex index() {
    return index;
  }

  /** A block that is in the cache, or null. */
  byte[] cachedBlock(int block) {
    return cache.get(generation, block);
  }

  /**
   * Reads a block; blocks.
   *
   * @throws CorruptDataException if its checksum does not match
   */
  byte[] readBlock(int block, boolean keep) {
    byte[] stored = new byte[index.storedLengths[block]];
    try {
      file.readAt(index.offsets[block], ByteBuffer.wrap(stored));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
    if (crc(stored, stored.length) != index.crcs[block]) {
      throw new CorruptDataException(path + " is damaged: block at offset " + index.offsets[block]);
    }
    byte[] raw =
        stored.length == index.rawLengths[block]
            ? stored
            : codec.decompress(stored, index.rawLengths[block]);
    if (keep) {
      cache.put(generation, block, raw);
    }
    return raw;
  }

  Executor background() {
    return background;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public PartitionCursor partition(long token, byte[] key, Lane lane) {
    return index.count > 0 && filter.mayContain(token)
        ? new SSTableCursor(this, lane, token, key)
        : null;
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Lane lane) {
    byte[] from = range.startKey() == null ? NO_KEY : range.startKey();
    return new SSTableCursor(this, lane, range, from);
  }

  @Override
  public void retain() {
    references.incrementAndGet();
  }

  @Override
  public void release() {
    if (references.decrementAndGet() == 0) {
      boolean delete = obsolete;
      background.execute(() -> close(delete));
    }
  }

  private void close(boolean delete) {
    try {
      file.close();
      if (delete) {
        cache.drop(generation, index.count);
        files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot let go of " + path, e);
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
    return partitions;
  }

  @Override
  public long minTimestamp() {
    return minTimestamp;
  }

  @Override
  public long maxTimestamp() {
    return maxTimestamp;
  }
}

package io.ilion.storage.sstable;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;

/** Writes and opens SSTables of version 1. */
public final class SSTableFormat implements TableFormat {
  private static final String PREFIX = "sstable-";
  private static final String SUFFIX = ".v1";

  private final Files files;
  private final Executor reads;
  private final Executor closing;
  private final BlockCache cache;

  /** The format over some files, with one pool for all background work. */
  public SSTableFormat(Files files, Executor background, BlockCache cache) {
    this(files, background, background, cache);
  }

  /**
   * The format over some files.
   *
   * @param reads loads the blocks that readers on lanes wait for; what it refuses fails the read
   * @param closing closes and deletes files; never refuses
   */
  public SSTableFormat(Files files, Executor reads, Executor closing, BlockCache cache) {
    this.files = files;
    this.reads = reads;
    this.closing = closing;
    this.cache = cache;
  }

  private static String name(long generation) {
    return PREFIX + generation + SUFFIX;
  }

  @Override
  public TableFile write(
      String directory,
      long generation,
      TableOptions options,
      PartitionCursor source,
      LongConsumer written)
      throws IOException {
    String path = directory + "/" + name(generation);
    long partitions;
    boolean whole = false;
    try (AppendFile file = new ReportedFile(files.create(path), written)) {
      SSTableWriter writer =
          new SSTableWriter(
              file,
              SSTableWriter.sign(options.id(), generation),
              BlockCodec.of(options.compression()),
              options.bloomFilterFpChance());
      while (source.next() == PartitionCursor.Step.PARTITION) {
        writer.add(source);
      }
      partitions = writer.partitions();
      if (partitions > 0) {
        writer.finish();
        whole = true;
      }
    } finally {
      if (!whole) {
        files.delete(path);
      }
    }
    if (!whole) {
      return null;
    }
    files.syncDirectory(directory);
    return open(directory, generation, options);
  }

  @Override
  public TableFile open(String directory, long generation, TableOptions options)
      throws IOException {
    return SSTable.open(
        files, directory + "/" + name(generation), options.id(), generation, reads, closing, cache);
  }

  @Override
  public long generationOf(String fileName) {
    if (!fileName.startsWith(PREFIX) || !fileName.endsWith(SUFFIX)) {
      return -1;
    }
    return Long.parseLong(fileName.substring(PREFIX.length(), fileName.length() - SUFFIX.length()));
  }

  @Override
  public List<String> fileNames(long generation) {
    return List.of(name(generation));
  }

  /** A file that tells how much was written. */
  private record ReportedFile(AppendFile file, LongConsumer written) implements AppendFile {
    @Override
    public void append(ByteBuffer bytes) throws IOException {
      int count = bytes.remaining();
      file.append(bytes);
      written.accept(count);
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void sync() throws IOException {
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

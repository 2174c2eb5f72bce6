package io.ilion.storage.sstable;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;

/** Writes and opens SSTables of version 1. */
public final class SSTableFormat implements TableFormat {
  private static final String PREFIX = "sstable-";
  private static final String SUFFIX = ".v1";

  private final Files files;
  private final Executor background;
  private final BlockCache cache;

  /**
   * The format over some files.
   *
   * @param background loads the blocks that readers on lanes wait for
   */
  public SSTableFormat(Files files, Executor background, BlockCache cache) {
    this.files = files;
    this.background = background;
    this.cache = cache;
  }

  private static String name(long generation) {
    return PREFIX + generation + SUFFIX;
  }

  @Override
  public TableFile write(
      String directory, long generation, TableOptions options, PartitionCursor source)
      throws IOException {
    String path = directory + "/" + name(generation);
    long partitions;
    boolean whole = false;
    try (AppendFile file = files.create(path)) {
      SSTableWriter writer =
          new SSTableWriter(
              file, BlockCodec.of(options.compression()), options.bloomFilterFpChance());
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
    return SSTable.open(files, directory + "/" + name(generation), generation, background, cache);
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
}

package io.ilion.storage.sstable;

import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Files;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TableWriter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;

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
  public TableWriter begin(String directory, long generation, TableOptions options)
      throws IOException {
    return new SSTableFileWriter(
        files,
        directory,
        name(generation),
        generation,
        options,
        () -> open(directory, generation, options));
  }

  @Override
  public TableFile open(String directory, long generation, TableOptions options, long as)
      throws IOException {
    return SSTable.open(
        files,
        directory + "/" + name(generation),
        options.id(),
        generation,
        as,
        reads,
        closing,
        cache);
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

  @Override
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return new CopiedBlocksCursor(ranges, pieces);
  }
}

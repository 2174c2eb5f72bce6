package io.ilion.storage.sstable;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TableWriter;
import java.io.IOException;

/** An SSTable that is being written, under its own name: only the manifest makes it count. */
final class SSTableFileWriter implements TableWriter {
  /** Opens what was written. */
  interface Opener {
    TableFile open() throws IOException;
  }

  private final Files files;
  private final String directory;
  private final String path;
  private final Opener opener;
  private final AppendFile file;
  private final SSTableWriter writer;
  private boolean inPartition;
  private boolean closed;

  /** Creates the file. */
  SSTableFileWriter(
      Files files,
      String directory,
      String name,
      long generation,
      TableOptions options,
      Opener opener)
      throws IOException {
    this.files = files;
    this.directory = directory;
    this.path = directory + "/" + name;
    this.opener = opener;
    this.file = files.create(path);
    boolean begun = false;
    try {
      writer =
          new SSTableWriter(
              file,
              SSTableWriter.sign(options.id(), generation),
              BlockCompressor.of(options.compression()),
              options.bloomFilterFpChance());
      begun = true;
    } finally {
      if (!begun) {
        abandon();
      }
    }
  }

  @Override
  public boolean write(PartitionCursor source, long bytes) throws IOException {
    long end = writer.bytes() + bytes;
    do {
      if (!inPartition) {
        if (source.next() != PartitionCursor.Step.PARTITION) {
          return false;
        }
        writer.begin(source);
      }
      inPartition = writer.addRows(end) != RowCursor.Step.END;
    } while (writer.bytes() < end);
    file.writeOut();
    return true;
  }

  @Override
  public void begin(PartitionCursor source) {
    writer.begin(source);
  }

  @Override
  public RowCursor.Step addRows(long bytes) throws IOException {
    RowCursor.Step step = writer.addRows(writer.bytes() + bytes);
    file.writeOut();
    return step;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    writer.awaitBlock(resume);
  }

  @Override
  public long bytes() {
    return writer.bytes();
  }

  @Override
  public TableFile finish() throws IOException {
    if (writer.partitions() == 0) {
      abandon();
      return null;
    }
    writer.finish();
    closed = true;
    file.close();
    files.syncDirectory(directory);
    return opener.open();
  }

  @Override
  public void abandon() throws IOException {
    try {
      if (!closed) {
        closed = true;
        file.close();
      }
    } finally {
      files.delete(path);
    }
  }
}

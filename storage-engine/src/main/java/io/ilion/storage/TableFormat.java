package io.ilion.storage;

import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;

/** Writes and opens the files of tables. Methods block and are called by background threads. */
public interface TableFormat {

  /**
   * Writes a file and makes it durable, its name included.
   *
   * @param source merged, with markers; it never blocks; closed by the caller
   * @return the open file, or null if the source was empty
   */
  default TableFile write(
      String directory, long generation, TableOptions options, PartitionCursor source)
      throws IOException {
    return write(directory, generation, options, source, bytes -> {});
  }

  /**
   * As above, and tells how much was written.
   *
   * @param written is given the number of bytes after each piece of the file, and may wait
   */
  TableFile write(
      String directory,
      long generation,
      TableOptions options,
      PartitionCursor source,
      LongConsumer written)
      throws IOException;

  /** Opens a file. */
  TableFile open(String directory, long generation, TableOptions options) throws IOException;

  /** The generation that a file name belongs to, or -1 if it is none of a table file's. */
  long generationOf(String fileName);

  /** The names of the files that a generation consists of. */
  List<String> fileNames(long generation);
}

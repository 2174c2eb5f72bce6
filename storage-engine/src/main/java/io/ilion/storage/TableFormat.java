package io.ilion.storage;

import io.ilion.model.ring.TokenRange;
import java.io.IOException;
import java.util.List;

/** Writes and opens the files of tables. Methods block and are called by background threads. */
public interface TableFormat {
  /** So much is written at a time where nobody wants to pause. */
  long PIECE_BYTES = 1 << 20;

  /** Begins a file. */
  TableWriter begin(String directory, long generation, TableOptions options) throws IOException;

  /**
   * Writes a file at once and makes it durable, its name included.
   *
   * @param source merged, with markers; it never blocks; closed by the caller
   * @return the open file, or null if the source was empty
   */
  default TableFile write(
      String directory, long generation, TableOptions options, PartitionCursor source)
      throws IOException {
    TableWriter writer = begin(directory, generation, options);
    boolean whole = false;
    try {
      boolean more = true;
      while (more) {
        more = writer.write(source, PIECE_BYTES);
      }
      TableFile file = writer.finish();
      whole = true;
      return file;
    } finally {
      if (!whole) {
        writer.abandon();
      }
    }
  }

  /** Opens a file. */
  default TableFile open(String directory, long generation, TableOptions options)
      throws IOException {
    return open(directory, generation, options, generation);
  }

  /**
   * Opens a file that others may have written, whose number may be that of a file of this node too.
   *
   * @param as the number by which this node knows it, and no other file
   */
  TableFile open(String directory, long generation, TableOptions options, long as)
      throws IOException;

  /** The generation that a file name belongs to, or -1 if it is none of a table file's. */
  long generationOf(String fileName);

  /** The names of the files that a generation consists of. */
  List<String> fileNames(long generation);

  /**
   * What a file elsewhere has of some ranges, from its pieces while they arrive; to be walked once,
   * forwards.
   *
   * @param ranges as the pieces were asked for
   */
  PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces);
}

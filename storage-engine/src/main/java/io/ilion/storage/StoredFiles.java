package io.ilion.storage;

import io.ilion.model.ring.TokenRange;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The files of a table as they were at one moment, for whoever copies their blocks as they are
 * stored. They stay on the disk, whatever becomes of the table, until this is closed. Safe for
 * several threads.
 */
public interface StoredFiles extends AutoCloseable {
  /** How many files there are. */
  int count();

  /** How long a file is. */
  long bytes(int file);

  /** The token of a file's first partition. */
  long firstToken(int file);

  /** The token of a file's last partition. */
  long lastToken(int file);

  /**
   * Blocks of one file that have something of some ranges: whole ones, so that there may be more in
   * them. Whoever has all pieces of a file reads them by {@link StorageEngine#copied}.
   *
   * @param ranges that do not wrap, ascending and disjoint
   * @param range which of them to go on with
   * @param block where in it, as the piece before said; -1 at its beginning
   * @param bytes after about so many the piece ends; it has a block all the same
   */
  CompletionStage<byte[]> read(int file, List<TokenRange> ranges, int range, long block, int bytes);

  /** Lets the files go. */
  @Override
  void close();
}

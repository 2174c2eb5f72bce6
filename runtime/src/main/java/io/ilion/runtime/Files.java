package io.ilion.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * All access to disks. A path is a string with {@code /} between its names; how a relative path is
 * rooted is the implementation's affair. A created, renamed, linked or deleted name survives a
 * crash only after {@link #syncDirectory} of its directory; content only after {@link
 * AppendFile#sync}. Any thread may call these methods; they block.
 */
public interface Files {

  /** Creates a new empty file. Throws FileAlreadyExistsException if the path exists. */
  AppendFile create(String path) throws IOException;

  /**
   * Opens an existing file to write it anew, from its front. It keeps its length, and its bytes
   * where nothing was appended yet; a crash may also leave any unsynced sector as it was before. So
   * what is written has to tell itself from what was there. For that, a sync of what is overwritten
   * costs half of what it does where the file has to grow.
   */
  AppendFile reuse(String path) throws IOException;

  /** Opens an existing file. Throws NoSuchFileException if there is none. */
  ReadFile open(String path) throws IOException;

  /** Whether a file or directory of this path exists. */
  boolean exists(String path) throws IOException;

  /** Whether there is a directory of this path. */
  boolean isDirectory(String path) throws IOException;

  /** The size in bytes of a file. */
  long size(String path) throws IOException;

  /** The names (not paths) in a directory, sorted; empty if there is no such directory. */
  List<String> list(String directory) throws IOException;

  /** Creates the directory and its missing parents; each new name is made durable. */
  void createDirectories(String directory) throws IOException;

  /** Renames atomically within one file system, replacing a file at the target. */
  void rename(String source, String target) throws IOException;

  /** Deletes a file or an empty directory. Throws NoSuchFileException if there is none. */
  void delete(String path) throws IOException;

  /** Gives an existing file a second name (a hard link). */
  void link(String existing, String name) throws IOException;

  /**
   * Makes the content of an existing file durable, for what a process wrote that has ended since.
   */
  void sync(String path) throws IOException;

  /** Makes the names in the directory durable. */
  void syncDirectory(String directory) throws IOException;

  /** The bytes that can still be written to the file system of this directory. */
  long usableBytes(String directory) throws IOException;

  /**
   * Locks a directory for this process, so that two nodes never share one.
   *
   * @throws IOException if another holds it; the message names the directory
   */
  Closeable lock(String directory) throws IOException;
}

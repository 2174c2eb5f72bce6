package io.ilion.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is being written, front to back. Not safe for several threads at once. */
public interface AppendFile extends Closeable {

  /**
   * Appends the remaining bytes of the buffer. They are durable only after {@link #sync}; a crash
   * before it may leave any part of them, in any order of sectors.
   *
   * @throws IOException also when the disk is full ({@link DiskFullException}); the file's content
   *     after its last successful append is then undefined
   */
  void append(ByteBuffer bytes) throws IOException;

  /**
   * Has the disk begin with what was appended, if that has become much, and waits for what it began
   * with before. So neither a sync of this file nor one of another, such as the commit log's, ever
   * waits for all that a long file brings. Says nothing of what is durable.
   */
  default void writeOut() throws IOException {}

  /** The number of bytes appended so far; a file that is reused may be longer. */
  long size();

  /**
   * Makes all bytes appended so far durable (fdatasync). The file's name needs {@link
   * Files#syncDirectory} once. After a failure nothing may be assumed about any unsynced byte, and
   * a second call proves nothing: the caller stops or abandons the file.
   */
  void sync() throws IOException;

  @Override
  void close() throws IOException;
}

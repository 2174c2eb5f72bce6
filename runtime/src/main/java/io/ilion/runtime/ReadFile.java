package io.ilion.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of immutable content. Safe for several threads at once. */
public interface ReadFile extends Closeable {

  /**
   * Fills the remaining space of the buffer from the given offset of the file.
   *
   * @throws java.io.EOFException if the file ends before the buffer is full
   */
  void readAt(long offset, ByteBuffer destination) throws IOException;

  /**
   * As {@link #readAt} if the bytes are in memory already, so that this takes no longer than a
   * copy; false, and whatever in the buffer, if they would have to be waited for or nobody can
   * tell.
   */
  default boolean tryReadAt(long offset, ByteBuffer destination) throws IOException {
    return false;
  }

  /** The size of the file in bytes, as it was when opened. */
  long size();

  @Override
  void close() throws IOException;
}

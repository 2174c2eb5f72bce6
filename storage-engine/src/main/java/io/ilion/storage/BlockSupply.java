package io.ilion.storage;

import java.nio.ByteBuffer;

/** The pieces of a file that is copied from elsewhere, in their order, while they arrive. */
public interface BlockSupply {
  /**
   * The next piece, in an array; null if it is not there yet, or there is none any more.
   *
   * @throws RuntimeException if it will never be there
   */
  ByteBuffer take();

  /** Whether all pieces were taken. */
  boolean isOver();

  /** Runs a task, on any thread, when it is worth to ask again. */
  void await(Runnable resume);

  /** Nobody asks any more. */
  void close();
}

package io.ilion.storage;

import io.ilion.model.data.Deletion;

/**
 * Moves over the rows and deletion markers of one partition within some slices, in clustering order
 * or against it. The bytes of the current entry are valid until the next step.
 *
 * <p>On a lane a cursor never waits: a step that needs a block which is not in memory says {@link
 * Step#BLOCKED} and changes nothing. The caller has {@link #awaitBlock} call it back, and steps
 * again. Cursors of background work load blocks in place and are never blocked.
 */
public interface RowCursor {

  /** What a step arrived at. */
  enum Step {
    /** A row: its key and image can be read. */
    ROW,
    /**
     * A marker: its position and deletions can be read. A marker precedes a row of equal position.
     */
    MARKER,
    /** Nothing more. */
    END,
    /** Nothing happened: a block is missing. */
    BLOCKED
  }

  /** Moves on. */
  Step next();

  /**
   * After {@link Step#BLOCKED}: runs the task, on the cursor's lane, when the block is there or
   * cannot be read.
   */
  void awaitBlock(Runnable resume);

  /** The array of the row's clustering key or the marker's position. */
  byte[] keyArray();

  /** Where the key begins. */
  int keyOffset();

  /** The length of the key. */
  int keyLength();

  /** The array of the row's image. */
  byte[] imageArray();

  /** Where the row's image begins. */
  int imageOffset();

  /** The length of the row's image. */
  int imageLength();

  /**
   * The deletion in force just before the marker (in clustering order, also in a reversed walk).
   */
  Deletion before();

  /** The deletion in force from the marker on (in clustering order, also in a reversed walk). */
  Deletion after();
}

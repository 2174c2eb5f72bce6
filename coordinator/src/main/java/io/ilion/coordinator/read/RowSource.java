package io.ilion.coordinator.read;

import java.util.List;

/** Gives the rows of a statement in its order, some at a time. */
interface RowSource {

  /**
   * Asks for the next rows.
   *
   * @param wanted about how many; a source may give more or fewer
   * @param callback is called once, on any lane
   */
  void next(int wanted, Callback callback);

  /** Told once when the reader takes no more, also after a failure. */
  default void end() {}

  /** Takes rows. */
  interface Callback {
    /** Rows in order; {@code exhausted} says that no more will come. */
    void rows(List<SourceRow> rows, boolean exhausted);

    /** Nothing more will come. */
    void failed(Throwable cause);
  }
}

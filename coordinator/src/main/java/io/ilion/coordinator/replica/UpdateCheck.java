package io.ilion.coordinator.replica;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;

/** Walks through updates that other nodes made, so that none fails when it is applied in part. */
public final class UpdateCheck {
  private UpdateCheck() {}

  /**
   * Checks an update.
   *
   * @throws CorruptDataException if it is none
   */
  public static void check(byte[] update) {
    try {
      UpdateReader reader = new UpdateReader().wrap(update);
      RowReader row = new RowReader();
      if (reader.hasStaticRow()) {
        check(row.wrap(update, reader.staticRowOffset(), reader.staticRowLength()));
      }
      while (reader.nextEntry()) {
        if (reader.isRow()) {
          check(row.wrap(update, reader.imageOffset(), reader.imageLength()));
        }
      }
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptDataException("an update ends within a row", e);
    }
  }

  private static void check(RowReader row) {
    while (row.nextCell()) {
      if (row.column() <= 0) {
        throw new CorruptDataException("a cell of column " + row.column());
      }
    }
  }
}

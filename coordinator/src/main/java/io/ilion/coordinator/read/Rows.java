package io.ilion.coordinator.read;

import java.util.List;

/**
 * The rows of a page: as values, or as the cells of an answer already.
 *
 * @param rows the values of each row in wire form, null for null; empty if there are cells
 * @param cells the rows as cells, or null; valid until the callback returns
 * @param pagingState where the next page begins, or null after the last
 * @param warnings for the client
 * @param tombstones that were met
 */
public record Rows(
    List<byte[][]> rows, Cells cells, byte[] pagingState, List<String> warnings, long tombstones) {

  /** Rows as values. */
  public Rows(List<byte[][]> rows, byte[] pagingState, List<String> warnings, long tombstones) {
    this(rows, null, pagingState, warnings, tombstones);
  }

  /** Rows as cells. */
  public Rows(Cells cells, byte[] pagingState, List<String> warnings, long tombstones) {
    this(List.of(), cells, pagingState, warnings, tombstones);
  }

  /** How many rows there are. */
  public int count() {
    return cells == null ? rows.size() : cells.rowCount();
  }

  /**
   * Rows one after the other, each cell as a 32-bit length (-1 for null) and a value.
   *
   * @param length how many bytes of the array count
   * @param rowCount how many rows they are
   */
  public record Cells(byte[] array, int length, int rowCount) {}

  /** Takes the result of a read, on any lane. */
  @FunctionalInterface
  public interface Callback {
    /** One of the two is null. */
    void done(Rows rows, Throwable failure);
  }
}

package io.ilion.coordinator.read;

import java.util.List;

/**
 * The rows of a page.
 *
 * @param rows the values of each row in wire form, null for null
 * @param pagingState where the next page begins, or null after the last
 * @param warnings for the client
 */
public record Rows(List<byte[][]> rows, byte[] pagingState, List<String> warnings) {

  /** Takes the result of a read, on any lane. */
  @FunctionalInterface
  public interface Callback {
    /** One of the two is null. */
    void done(Rows rows, Throwable failure);
  }
}

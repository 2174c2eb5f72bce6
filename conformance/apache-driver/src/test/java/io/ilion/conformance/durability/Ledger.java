package io.ilion.conformance.durability;

import java.util.Map;
import java.util.TreeMap;

/**
 * What has to be in one partition: what was acknowledged, and beside that what follows if the one
 * operation without an answer was done. A partition has one operation under way at a time, so there
 * are never more than these two. Not thread-safe.
 */
final class Ledger {
  /** What the static column and the rows hold, by clustering key; a static of 0 is none. */
  record Content(long fixed, Map<Integer, Long> rows) {
    static final Content EMPTY = new Content(0, Map.of());

    Content {
      rows = Map.copyOf(rows);
    }
  }

  private Content certain = Content.EMPTY;
  private Content possible = Content.EMPTY;

  /** What is there if nothing is under way. */
  Content certain() {
    return certain;
  }

  /** Whether an operation has no answer, or had an error for one. */
  boolean isOpen() {
    return !certain.equals(possible);
  }

  /** An operation begins, after which this is there. */
  void begin(Content after) {
    if (isOpen()) {
      throw new IllegalStateException("an operation is under way");
    }
    possible = after;
  }

  /** The operation under way was acknowledged. */
  void acknowledged() {
    certain = possible;
  }

  /**
   * Compares with what a read found, which from then on is certain.
   *
   * @return false if it can be neither with nor without the operation under way
   */
  boolean reconcile(Content found) {
    if (!found.equals(certain) && !found.equals(possible)) {
      return false;
    }
    certain = found;
    possible = found;
    return true;
  }

  /** As {@link #certain} with some rows changed; a value of 0 removes a row. */
  Content with(Map<Integer, Long> changes) {
    Map<Integer, Long> rows = new TreeMap<>(certain.rows());
    changes.forEach(
        (key, value) -> {
          if (value == 0) {
            rows.remove(key);
          } else {
            rows.put(key, value);
          }
        });
    return new Content(certain.fixed(), rows);
  }
}

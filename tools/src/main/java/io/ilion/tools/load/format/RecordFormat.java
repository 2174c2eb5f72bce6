package io.ilion.tools.load.format;

/** Finds where records end in bytes. Implementations have no state that changes. */
public interface RecordFormat {
  /** There is no end yet: more bytes are needed. */
  int INCOMPLETE = -1;

  /**
   * The place behind the record that begins at one, or {@link #INCOMPLETE}.
   *
   * @param to behind the last byte that is there
   * @param last whether no more bytes will come: then the record ends there at the latest, unless
   *     it cannot be a record
   */
  int recordEnd(byte[] bytes, int at, int to, boolean last);

  /** Where a record begins behind what only stands between records; at most its end. */
  default int recordStart(byte[] bytes, int at, int end) {
    return at;
  }

  /**
   * The place to go on behind something at a place that is no record, however much comes: behind
   * the line, or the end.
   */
  static int resume(byte[] bytes, int at, int to) {
    for (int i = at; i < to; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return to;
  }
}

package io.ilion.model.data;

/**
 * A deletion of a partition, a range of rows, a row or a multi-cell column: it shadows everything
 * in its scope whose timestamp is not greater.
 *
 * @param timestamp microseconds, as of the writing client
 * @param localSeconds the server's time of the deletion in seconds since 1970, from which
 *     gc_grace_seconds counts
 */
public record Deletion(long timestamp, long localSeconds) {
  /** Deletes nothing. */
  public static final Deletion NONE = new Deletion(Long.MIN_VALUE, Long.MAX_VALUE);

  /** Whether this is {@link #NONE}. */
  public boolean isNone() {
    return timestamp == Long.MIN_VALUE;
  }

  /** Whether this one wins over the other: by timestamp, then by local time. */
  public boolean supersedes(Deletion other) {
    return supersedes(timestamp, localSeconds, other.timestamp, other.localSeconds);
  }

  /** The winner of the two. */
  public static Deletion max(Deletion a, Deletion b) {
    return b.supersedes(a) ? b : a;
  }

  static boolean supersedes(long timestamp, long local, long otherTimestamp, long otherLocal) {
    return timestamp != otherTimestamp
        ? timestamp > otherTimestamp
        : timestamp != Long.MIN_VALUE && local > otherLocal;
  }
}

package io.ilion.gossip.metadata;

/** A place in the metadata log: an entry's index and its term. */
record LogPosition(long index, long term) {
  static final LogPosition START = new LogPosition(0, 0);

  /** Whether a log that ends here has at least what one has that ends there. */
  boolean isUpToDate(LogPosition other) {
    return term != other.term ? term > other.term : index >= other.index;
  }
}

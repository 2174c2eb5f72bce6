package io.ilion.coordinator.replica.hint;

/**
 * An update that a node has missed.
 *
 * @param createdMillis the time of its write, by the wall clock of who kept it first
 * @param token of the partition
 */
record Hint(long createdMillis, long token, byte[] update) {

  int bytes() {
    return HintSegment.RECORD_HEADER + update.length;
  }
}

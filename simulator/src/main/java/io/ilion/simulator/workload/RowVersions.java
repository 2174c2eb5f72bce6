package io.ilion.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What one row may look like: the writes to it, each with a timestamp of its own, and the newest of
 * them that must be seen. A write that was acknowledged must be seen, or a newer one; so must one
 * that a quorum was seen to have, as long as no node fails: what is not acknowledged need not be
 * durable.
 */
final class RowVersions {
  private final List<Version> versions = new ArrayList<>();
  private long acknowledged;
  private long seen;

  private record Version(long timestamp, Long value) {}

  /** A write begins: from now on it may be seen. Null is a deletion. */
  void begun(long timestamp, Long value) {
    versions.add(new Version(timestamp, value));
  }

  /** A write had no effect and never will. */
  void refused(long timestamp) {
    versions.removeIf(version -> version.timestamp == timestamp);
  }

  /** A write was acknowledged. */
  void acknowledged(long timestamp) {
    acknowledged = Math.max(acknowledged, timestamp);
    versions.removeIf(version -> version.timestamp < acknowledged);
  }

  /** A node failed. */
  void nodeFailed() {
    seen = 0;
  }

  /** The timestamp of the oldest write that a read which begins now may show. */
  long floor() {
    return Math.max(acknowledged, seen);
  }

  /**
   * Whether a read that began at a floor may show a value; if only one write explains what it
   * showed, that write must be seen from now on.
   *
   * @param stays whether no node has failed since the read began: what it saw may be gone else
   */
  boolean mayShow(long floorAtBegin, Long value, boolean stays) {
    long floor = Math.min(floorAtBegin, floor());
    List<Version> explaining = new ArrayList<>();
    for (Version version : versions) {
      if (version.timestamp >= floor && Objects.equals(version.value, value)) {
        explaining.add(version);
      }
    }
    boolean nothingYet = floor == 0 && value == null;
    // What was newer than the floor then may have been acknowledged and overtaken, and forgotten.
    boolean forgotten = acknowledged > floor;
    if (stays && explaining.size() == 1 && !nothingYet && !forgotten) {
      seen = Math.max(seen, explaining.get(0).timestamp);
    }
    return nothingYet || !explaining.isEmpty() || forgotten;
  }

  @Override
  public String toString() {
    return "from " + floor() + " on: " + versions;
  }
}

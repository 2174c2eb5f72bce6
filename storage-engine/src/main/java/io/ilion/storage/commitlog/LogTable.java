package io.ilion.storage.commitlog;

import java.util.UUID;

/** One table on one lane, as the commit log knows it: it marks segments that hold its records. */
public final class LogTable {
  private final UUID id;
  private final int lane;

  /** The segment that last took a record of this table, and its slot there; the writer's. */
  Segment segment;

  long[] lastNumber;

  /** A table on a lane. */
  public LogTable(UUID id, int lane) {
    this.id = id;
    this.lane = lane;
  }

  /** The table. */
  public UUID id() {
    return id;
  }

  /** The index of the lane. */
  public int lane() {
    return lane;
  }
}

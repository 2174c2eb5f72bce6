package io.ilion.storage.engine;

/** What one of some lanes owns of the token space. */
record LaneShare(int laneCount, int lane) {

  boolean contains(long token) {
    return Lanes.of(token, laneCount) == lane;
  }
}

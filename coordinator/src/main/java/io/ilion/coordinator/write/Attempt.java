package io.ilion.coordinator.write;

import java.util.concurrent.atomic.AtomicReference;

/**
 * One conditional update between the lane that decides it and whoever watches its time: it is
 * either given up while it waits, and then never made, or decided, and then not given up.
 */
public final class Attempt {
  private enum State {
    WAITING,
    DECIDING,
    GIVEN_UP
  }

  private volatile int contentions;
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  /** How many others it waits for, or waited for, at one partition. */
  public int contentions() {
    return contentions;
  }

  /** Gives it up; false if it is being decided already, or was. */
  public boolean giveUp() {
    return state.compareAndSet(State.WAITING, State.GIVEN_UP);
  }

  /** Has to wait for others. */
  void waitsFor(int others) {
    contentions = others;
  }

  /** Begins to decide it; false if it was given up. */
  boolean begin() {
    return state.compareAndSet(State.WAITING, State.DECIDING);
  }
}

package io.ilion.coordinator.read;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a loop call what may answer before it returns, later, or on another thread meanwhile,
 * without recursion: whoever of the two is second goes on.
 *
 * <pre>
 * caller:  do { turns.begin(); ask(); } while (turns.endedWithin());
 * answer:  if (!turns.end()) { run the caller's loop again }
 * </pre>
 */
final class Turns {
  private static final int IDLE = 0;
  private static final int ASKING = 1;
  private static final int ANSWERED = 2;

  private final AtomicInteger state = new AtomicInteger();

  /** A question is about to be asked. */
  void begin() {
    state.set(ASKING);
  }

  /** Asked; whether the answer is there already, and the caller goes on. */
  boolean endedWithin() {
    return !state.compareAndSet(ASKING, IDLE);
  }

  /** Answered; whether the caller has not returned yet and will go on. */
  boolean end() {
    return state.compareAndSet(ASKING, ANSWERED);
  }
}

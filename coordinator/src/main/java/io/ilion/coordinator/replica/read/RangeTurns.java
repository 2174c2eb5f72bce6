package io.ilion.coordinator.replica.read;

import io.ilion.runtime.Lane;
import java.util.ArrayDeque;

/**
 * Lets so many range reads of a node ask replicas at once as their first answers have room. The
 * others wait for their turn, in order and not for long, and those for whom there is no place to
 * wait are refused before they have cost anything. Otherwise all of very many would take each
 * other's room, and none would end well. Safe to use from any lane.
 */
final class RangeTurns {
  /** So much more than there is room for may wait. */
  private static final int WAITING = 16;

  private final long room;
  private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
  private long taken;
  private long awaited;

  /** Turns of reads that take so many bytes together. */
  RangeTurns(long bytes) {
    room = bytes;
  }

  /** Told once, on the lane of a read. */
  interface Callback {
    /** It has its turn, which is to be ended with it; null if it is refused. */
    void turn(Turn given);
  }

  /** Of one read, and its lane. */
  final class Turn {
    private final long bytes;
    private final ReadLane lane;

    private final Callback callback;

    /** Null if it does not wait. */
    private Lane.Cancellable timer;

    private Turn(long bytes, ReadLane lane, Callback callback) {
      this.bytes = bytes;
      this.lane = lane;
      this.callback = callback;
    }

    private void tell(boolean given) {
      if (timer != null) {
        timer.cancel();
      }
      callback.turn(given ? this : null);
    }

    private void tooLate() {
      boolean refused;
      synchronized (RangeTurns.this) {
        refused = waiting.remove(this);
        if (refused) {
          awaited -= bytes;
          giveTurns();
        }
      }
      if (refused) {
        tell(false);
      }
    }

    /** The read is over; once. */
    void end() {
      synchronized (RangeTurns.this) {
        taken -= bytes;
        giveTurns();
      }
    }
  }

  /**
   * Tells a read when it has its turn; on its lane, maybe before this returns.
   *
   * @param bytes that its first answers may have
   * @param waitNanos how long it waits at most
   */
  void take(long bytes, ReadLane lane, long waitNanos, Callback callback) {
    Turn turn = new Turn(bytes, lane, callback);
    boolean given;
    boolean waits;
    synchronized (this) {
      given = waiting.isEmpty() && hasRoom(bytes);
      waits = !given && (awaited + bytes) / WAITING <= Math.max(room, bytes);
      if (given) {
        taken += bytes;
      } else if (waits) {
        awaited += bytes;
        waiting.add(turn);
      }
    }
    if (waits) {
      turn.timer = lane.schedule(waitNanos, turn::tooLate);
    } else {
      turn.tell(given);
    }
  }

  private boolean hasRoom(long bytes) {
    return taken == 0 || taken + bytes <= room;
  }

  private void giveTurns() {
    while (!waiting.isEmpty() && hasRoom(waiting.peek().bytes)) {
      Turn next = waiting.poll();
      awaited -= next.bytes;
      taken += next.bytes;
      next.lane.execute(() -> next.tell(true));
    }
  }
}

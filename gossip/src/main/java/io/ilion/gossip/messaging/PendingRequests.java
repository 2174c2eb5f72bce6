package io.ilion.gossip.messaging;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The requests of one lane that have no answer yet, and their deadlines. Owned by the lane. To add
 * a request and to take one costs a few stores: it stands in a table at the low bits of its number,
 * and in a list of those whose time is over within the same eight milliseconds.
 */
final class PendingRequests {
  /** More than this many at once are refused. */
  static final int MOST = 1 << 16;

  private static final int TICK_SHIFT = 23;
  private static final int SLOTS = 512;
  private static final long NEVER = Long.MAX_VALUE;

  private final Lane lane;
  private final Clock clock;
  private final Consumer<Pending> expired;
  private final long origin;
  private final Pending[] wheel = new Pending[SLOTS];
  private Pending[] table = new Pending[64];
  private int count;
  private long nextNumber;
  private long expiredTick;
  private long wakeTick = NEVER;

  /** A request that has no answer yet. */
  static final class Pending {
    private final long number;
    private final long tick;
    private final NodeAddress to;
    private final Messenger.Answer answer;
    private Pending next;
    private Pending previous;

    private Pending(long number, long tick, NodeAddress to, Messenger.Answer answer) {
      this.number = number;
      this.tick = tick;
      this.to = to;
      this.answer = answer;
    }

    /** Unique among the numbers of the lane for a long time. */
    long number() {
      return number;
    }

    NodeAddress to() {
      return to;
    }

    Messenger.Answer answer() {
      return answer;
    }
  }

  /**
   * Without requests.
   *
   * @param firstNumber random, so that answers to an earlier run of the node find nothing
   * @param expired told of each request whose time is over, when it is not here any more
   */
  PendingRequests(Lane lane, Clock clock, long firstNumber, Consumer<Pending> expired) {
    this.lane = lane;
    this.clock = clock;
    this.nextNumber = firstNumber;
    this.expired = expired;
    this.origin = clock.nanoTime();
  }

  int count() {
    return count;
  }

  /** Adds a request; null if there are too many. */
  Pending add(NodeAddress to, Messenger.Answer answer, long timeoutNanos) {
    if (count == MOST) {
      return null;
    }
    if (count > table.length / 2) {
      grow();
    }
    while (table[slot(nextNumber)] != null) {
      nextNumber++;
    }
    long ends = clock.nanoTime() - origin + Math.max(0, timeoutNanos);
    Pending pending = new Pending(nextNumber++, (ends >> TICK_SHIFT) + 1, to, answer);
    table[slot(pending.number)] = pending;
    count++;
    link(pending);
    if (pending.tick < wakeTick) {
      wakeAt(pending.tick);
    }
    return pending;
  }

  /** Takes the request of a number; null if it was taken or was never there. */
  Pending take(long number) {
    Pending pending = table[slot(number)];
    if (pending == null || pending.number != number) {
      return null;
    }
    remove(pending);
    return pending;
  }

  /** Takes all requests to a node, in no order that means something but always the same. */
  List<Pending> takeAll(NodeAddress to) {
    List<Pending> taken = new ArrayList<>();
    for (Pending pending : table.clone()) {
      if (pending != null && pending.to.equals(to)) {
        remove(pending);
        taken.add(pending);
      }
    }
    return taken;
  }

  private int slot(long number) {
    return (int) number & table.length - 1;
  }

  private void grow() {
    Pending[] old = table;
    table = new Pending[old.length * 2];
    for (Pending pending : old) {
      if (pending != null) {
        table[slot(pending.number)] = pending;
      }
    }
  }

  private void remove(Pending pending) {
    table[slot(pending.number)] = null;
    count--;
    if (pending.next != null) {
      pending.next.previous = pending.previous;
    }
    if (pending.previous != null) {
      pending.previous.next = pending.next;
    } else {
      wheel[(int) pending.tick & SLOTS - 1] = pending.next;
    }
  }

  private void link(Pending pending) {
    int slot = (int) pending.tick & SLOTS - 1;
    Pending first = wheel[slot];
    pending.next = first;
    if (first != null) {
      first.previous = pending;
    }
    wheel[slot] = pending;
  }

  private void wakeAt(long tick) {
    wakeTick = tick;
    long delay = origin + (tick << TICK_SHIFT) - clock.nanoTime();
    lane.schedule(Math.max(0, delay), () -> wake(tick));
  }

  private void wake(long tick) {
    if (tick != wakeTick) {
      return;
    }
    wakeTick = NEVER;
    long now = clock.nanoTime() - origin >> TICK_SHIFT;
    List<Pending> over = new ArrayList<>();
    for (long t = Math.max(expiredTick + 1, now - SLOTS + 1); t <= now; t++) {
      for (Pending p = wheel[(int) t & SLOTS - 1]; p != null; p = p.next) {
        if (p.tick <= now) {
          over.add(p);
        }
      }
    }
    expiredTick = Math.max(expiredTick, now);
    over.forEach(this::remove);
    for (long t = now + 1; count > 0 && t <= now + SLOTS; t++) {
      if (wheel[(int) t & SLOTS - 1] != null) {
        wakeAt(t);
        break;
      }
    }
    over.forEach(expired);
  }
}

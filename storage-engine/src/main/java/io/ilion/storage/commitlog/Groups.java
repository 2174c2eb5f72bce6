package io.ilion.storage.commitlog;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The bursts on their way to the writer of the log, and when it commits them as a group.
 *
 * <p>A sync costs the processor as much as ten writes, whatever it is for. So when many write at
 * once, the next group begins when it is as large as the last one or when {@link #GATHER_NANOS}
 * have passed since that was done, and lanes wake the writer for the first burst of a group and for
 * the one that makes it large enough. When few write, a group never waits.
 */
final class Groups {
  /** As long after a group, at most, the next one waits for company. */
  static final long GATHER_NANOS = 1_000_000L;

  /** A group of fewer records tells of clients of whom each waits for its own answer. */
  private static final int MANY_RECORDS = 16;

  /** Nobody sees to a commit. */
  private static final int IDLE = 0;

  /** A commit comes when its time has come, or sooner for a large enough group. */
  private static final int GATHERING = 1;

  /** A commit has been given to the writer, or goes on. */
  private static final int COMMITTING = 2;

  private final Lane writer;
  private final Clock clock;
  private final long windowNanos;
  private final boolean gathers;
  private final Runnable commit;
  private final Queue<LaneLog.Burst> bursts = new ConcurrentLinkedQueue<>();
  private final AtomicInteger state = new AtomicInteger(IDLE);

  /** The records in the queue. */
  private final AtomicInteger records = new AtomicInteger();

  /** So many records need not wait for more. */
  private volatile int enough;

  // All that follows is the writer's.
  private int group;
  private long lastNanos;
  private Lane.Cancellable timer;

  /**
   * No bursts yet.
   *
   * @param windowNanos how long each group waits for company; 0 for what the load suggests
   * @param gathers whether a group waits for company at all when there is no window
   * @param commit runs on the writer; takes all bursts and calls {@link #committed}
   */
  Groups(Lane writer, Clock clock, long windowNanos, boolean gathers, Runnable commit) {
    this.writer = writer;
    this.clock = clock;
    this.windowNanos = windowNanos;
    this.gathers = gathers;
    this.commit = commit;
    lastNanos = clock.nanoTime();
  }

  /** Takes a burst; any lane may call this. */
  void add(LaneLog.Burst burst) {
    int size = burst.size();
    bursts.add(burst);
    int count = records.addAndGet(size);
    if (state.compareAndSet(IDLE, COMMITTING)) {
      writer.execute(this::begin);
    } else if (count >= enough && state.compareAndSet(GATHERING, COMMITTING)) {
      writer.execute(this::commitNow);
    }
  }

  /** The next burst, or null; on the writer. */
  LaneLog.Burst poll() {
    LaneLog.Burst burst = bursts.poll();
    if (burst != null) {
      records.addAndGet(-burst.size());
      group += burst.size();
    }
    return burst;
  }

  /** A group is done, and the next one may begin; on the writer. */
  void committed() {
    boolean many = windowNanos > 0 || (gathers && group >= MANY_RECORDS);
    enough = windowNanos > 0 ? Integer.MAX_VALUE : many ? group : 0;
    group = 0;
    lastNanos = clock.nanoTime();
    if (!bursts.isEmpty()) {
      writer.execute(this::begin);
      return;
    }
    state.set(IDLE);
    if (!bursts.isEmpty() && state.compareAndSet(IDLE, COMMITTING)) {
      writer.execute(this::begin);
    }
  }

  private void begin() {
    long window = windowNanos > 0 ? windowNanos : GATHER_NANOS;
    long delay = window - (clock.nanoTime() - lastNanos);
    if (records.get() >= enough || delay <= 0) {
      commit.run();
      return;
    }
    timer = writer.schedule(delay, this::timeIsUp);
    state.set(GATHERING);
    if (records.get() >= enough && state.compareAndSet(GATHERING, COMMITTING)) {
      commitNow();
    }
  }

  private void timeIsUp() {
    if (state.compareAndSet(GATHERING, COMMITTING)) {
      commitNow();
    }
  }

  private void commitNow() {
    timer.cancel();
    commit.run();
  }
}

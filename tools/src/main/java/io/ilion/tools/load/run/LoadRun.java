package io.ilion.tools.load.run;

import io.ilion.driver.DriverException;
import io.ilion.driver.Session;
import io.ilion.tools.load.format.Chunk;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What all threads of one load share: the counts, the limits, and whether it goes on. */
public final class LoadRun {
  /** How often whoever waits for the end of something looks after the progress. */
  public static final long LOOK_MILLIS = 50;

  private static final int MOST_CHUNKS = 200;

  /** How many rows were acknowledged. */
  public final AtomicLong loaded = new AtomicLong();

  /** How many records were bad. */
  public final AtomicLong bad = new AtomicLong();

  /** How many of them made no row. */
  public final AtomicLong unreadable = new AtomicLong();

  /** How many requests were answered. */
  public final AtomicLong requests = new AtomicLong();

  /** How many requests were tried again. */
  public final AtomicLong retries = new AtomicLong();

  /** How many bytes of records were done, compressed or not as they are read. */
  public final AtomicLong bytes = new AtomicLong();

  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong settled = new AtomicLong();
  private volatile String lastRetry;

  final Session session;
  final Window window;
  final RateLimit rate;
  final Checkpoint checkpoint;
  final BadRecords badRecords;

  /** Bytes of chunks that are in memory. */
  private final Semaphore room;

  private final int bytesAtOnce;
  private final long maxErrors;
  private final long maxUnreadable;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** A run; {@code bytesAtOnce} bounds what of the files is in memory. */
  public LoadRun(
      Session session,
      Window window,
      RateLimit rate,
      Checkpoint checkpoint,
      BadRecords badRecords,
      int bytesAtOnce,
      long maxErrors,
      long maxUnreadable) {
    this.session = session;
    this.window = window;
    this.rate = rate;
    this.checkpoint = checkpoint;
    this.badRecords = badRecords;
    this.bytesAtOnce = bytesAtOnce;
    this.room = new Semaphore(bytesAtOnce, true);
    this.maxErrors = maxErrors;
    this.maxUnreadable = maxUnreadable;
  }

  /** Waits until there is memory for one more chunk. */
  void admit(Chunk chunk) throws InterruptedException {
    room.acquire(share(chunk));
    taken.addAndGet(chunk.length());
  }

  /** The share of what was read that is done: the rest waits in memory. */
  public double doneOfRead() {
    long all = taken.get();
    return all == 0 ? 0 : (double) settled.get() / all;
  }

  /** So many bytes of records that were admitted have their end. */
  void settle(long count) {
    settled.addAndGet(count);
  }

  /** A chunk that was admitted is done, or is not to be loaded. */
  void release(Chunk chunk) {
    room.release(share(chunk));
  }

  /** Small files have small chunks, of which many are under way; but what is beside them counts. */
  private int share(Chunk chunk) {
    return Math.min(bytesAtOnce, Math.max(bytesAtOnce / MOST_CHUNKS + 1, chunk.length()));
  }

  /** Ends the load; the first reason counts. */
  public void fail(Throwable reason) {
    failure.compareAndSet(null, reason);
  }

  /** Why the load ends before its time, or null. */
  public Throwable failure() {
    return failure.get();
  }

  /** Whether to go on. */
  public boolean goesOn() {
    return failure.get() == null;
  }

  /** What is to be told of overload and delay, or null. */
  public String slowedDown() {
    int least = window.least();
    return least == 0
        ? null
        : "the cluster had too much to do, or was late: down to "
            + least
            + (least == 1 ? " request" : " requests")
            + " at once";
  }

  /** How many requests are on their way, and how many may be. */
  public String inFlight() {
    return window.running() + " of " + window.limit() + " in flight";
  }

  /** Why a request was tried again last, or null. */
  public String lastRetry() {
    return lastRetry;
  }

  void retried(Throwable reason) {
    retries.incrementAndGet();
    lastRetry = reason.getMessage();
  }

  void countBad(boolean makesNoRow) {
    long all = bad.incrementAndGet();
    long without = makesNoRow ? unreadable.incrementAndGet() : unreadable.get();
    if (all > maxErrors || without > maxUnreadable) {
      fail(new TooManyErrorsException(Math.min(maxErrors, maxUnreadable)));
    }
  }

  /** All rows of a chunk have their answer. */
  void finished(ChunkState state) {
    Chunk chunk = state.chunk();
    List<BadRecords.Bad> bad = state.badRecords();
    try {
      synchronized (badRecords) {
        // What the load did not finish is done again by the next run.
        boolean whole = goesOn();
        badRecords.write(bad, state.plan().header());
        if (whole && bad.isEmpty()) {
          checkpoint.loaded(chunk, state.loaded());
        } else if (whole) {
          checkpoint.loaded(chunk, state.loaded(), bad.size(), badRecords.lengths());
        }
      }
      bytes.addAndGet(chunk.length());
    } catch (IOException e) {
      fail(e);
    } finally {
      release(chunk);
    }
  }

  /**
   * Waits until all chunks are done.
   *
   * @param each is called from time to time meanwhile
   */
  public void awaitChunks(Runnable each) throws InterruptedException {
    while (!room.tryAcquire(bytesAtOnce, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      each.run();
    }
  }

  /** There were more bad records than are allowed. */
  public static final class TooManyErrorsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyErrorsException(long most) {
      super("more than " + most + (most == 1 ? " bad record" : " bad records"));
    }
  }

  /** The cluster cannot be reached, however often it is tried. */
  public static final class ClusterLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClusterLostException(DriverException reason) {
      super(reason.getMessage(), reason);
    }
  }
}

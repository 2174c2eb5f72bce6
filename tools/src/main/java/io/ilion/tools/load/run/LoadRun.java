package io.ilion.tools.load.run;

import io.ilion.driver.DriverException;
import io.ilion.driver.Session;
import io.ilion.tools.load.format.Chunk;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What all threads of one load share: the counts, the limits, and whether it goes on. */
public final class LoadRun {
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
  private volatile String lastRetry;

  final Session session;
  final Window window;
  final RateLimit rate;
  final Checkpoint checkpoint;
  final BadRecords badRecords;
  final Semaphore chunks;
  private final long maxErrors;
  private final long maxUnreadable;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** A run; {@code chunksAtOnce} bounds the memory. */
  public LoadRun(
      Session session,
      Window window,
      RateLimit rate,
      Checkpoint checkpoint,
      BadRecords badRecords,
      int chunksAtOnce,
      long maxErrors,
      long maxUnreadable) {
    this.session = session;
    this.window = window;
    this.rate = rate;
    this.checkpoint = checkpoint;
    this.badRecords = badRecords;
    this.chunks = new Semaphore(chunksAtOnce);
    this.maxErrors = maxErrors;
    this.maxUnreadable = maxUnreadable;
  }

  /** Waits until there is memory for one more chunk. */
  void admit(Chunk chunk) throws InterruptedException {
    chunks.acquire();
    taken.addAndGet(chunk.length());
  }

  /** The share of what was read that is done: the rest waits in memory. */
  public double doneOfRead() {
    long all = taken.get();
    return all == 0 ? 0 : (double) bytes.get() / all;
  }

  /** A chunk that was admitted is not to be loaded. */
  public void release() {
    chunks.release();
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
    try {
      // What the load did not finish is done again by the next run.
      boolean whole = goesOn();
      badRecords.write(state.badRecords(), state.plan().header());
      if (whole) {
        Chunk chunk = state.chunk();
        checkpoint.loaded(chunk, state.loaded(), state.badRecords().size());
      }
      bytes.addAndGet(state.chunk().length());
    } catch (IOException e) {
      fail(e);
    } finally {
      chunks.release();
    }
  }

  /** Waits until all chunks are done. */
  public void awaitChunks(int chunksAtOnce) throws InterruptedException {
    chunks.acquire(chunksAtOnce);
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

package io.ilion.tools.load.run;

import io.ilion.driver.BoundStatement;
import io.ilion.driver.ConnectionException;
import io.ilion.driver.DriverException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.Statement;
import io.ilion.driver.ThrottledException;
import io.ilion.model.ring.TokenRange;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads ranges of tokens, several at once, a thread for each: page by page, what failed for want of
 * time again from its last page on, later and later, and a range that is too much in two halves.
 */
public final class RangeReader {
  /** What is done with the rows; called by the threads of the reader, for a range by one. */
  public interface Sink {
    /** A page of a range. Blocks while whoever takes it has no room. */
    void page(TokenRange range, Page page) throws Exception;
  }

  private static final long FIRST_DELAY_MILLIS = 100;
  private static final long MOST_DELAY_MILLIS = 5_000;

  private final Session session;
  private final int attempts;
  private final boolean splits;
  private final int pageSize;
  private final Deque<TokenRange> waiting = new ArrayDeque<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** How many rows were read. */
  public final AtomicLong rows = new AtomicLong();

  /** How many requests were answered. */
  public final AtomicLong requests = new AtomicLong();

  /** How many requests were tried again. */
  public final AtomicLong retries = new AtomicLong();

  /** How many ranges are done, and of how many. */
  public final AtomicInteger done = new AtomicInteger();

  private volatile int total;
  private int busy;

  /**
   * A reader.
   *
   * @param attempts how often a request is tried
   * @param splits whether a range that takes too long is read in halves; only where nothing of it
   *     was given away before its end, as for counts
   * @param pageSize the rows of a page at most
   */
  public RangeReader(Session session, int attempts, boolean splits, int pageSize) {
    this.session = session;
    this.attempts = attempts;
    this.splits = splits;
    this.pageSize = pageSize;
  }

  /** Ends it; the first reason counts. */
  public void fail(Throwable reason) {
    failure.compareAndSet(null, reason);
    synchronized (waiting) {
      waiting.notifyAll();
    }
  }

  /** Why it ended before its time, or null. */
  public Throwable failure() {
    return failure.get();
  }

  /** The share of the ranges that are done. */
  public double share() {
    return total == 0 ? 0 : (double) done.get() / total;
  }

  /**
   * Reads all ranges with a statement whose two markers are the start (exclusive) and the end of a
   * range; without markers it is executed once. Waits for the end.
   *
   * @param each is called from time to time meanwhile
   */
  public void read(
      PreparedStatement statement, List<TokenRange> ranges, int threads, Sink sink, Runnable each)
      throws InterruptedException {
    waiting.addAll(ranges);
    total = ranges.size();
    List<Thread> readers = new java.util.ArrayList<>();
    for (int i = 0; i < Math.max(1, threads); i++) {
      readers.add(
          Thread.ofPlatform()
              .name("ilion-read-" + i)
              .daemon()
              .start(() -> readRanges(statement, sink)));
    }
    each.run();
    for (Thread reader : readers) {
      while (!reader.join(Duration.ofMillis(LoadRun.LOOK_MILLIS))) {
        each.run();
      }
    }
  }

  private void readRanges(PreparedStatement statement, Sink sink) {
    try {
      for (TokenRange range = take(); range != null; range = take()) {
        try {
          readRange(statement, range, sink);
        } finally {
          synchronized (waiting) {
            busy--;
            waiting.notifyAll();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(e);
    } catch (Exception e) {
      fail(e);
    }
  }

  private TokenRange take() throws InterruptedException {
    synchronized (waiting) {
      while (waiting.isEmpty() && busy > 0 && failure.get() == null) {
        waiting.wait();
      }
      TokenRange range = failure.get() != null ? null : waiting.poll();
      busy += range == null ? 0 : 1;
      return range;
    }
  }

  private void readRange(PreparedStatement prepared, TokenRange range, Sink sink) throws Exception {
    Statement<?> statement = statement(prepared, range);
    int tries = 0;
    boolean first = true;
    while (statement != null && failure.get() == null) {
      Page page;
      try {
        page = session.execute(statement).page();
      } catch (DriverException e) {
        tries++;
        boolean goesOn = isTransient(e) && tries < attempts;
        if (first && splits && isTimeout(e) && range.end() - range.start() > 1 && goesOn) {
          retries.incrementAndGet();
          List<TokenRange> halves = TokenRanges.split(range, 2);
          synchronized (waiting) {
            total += halves.size() - 1;
            waiting.addAll(halves);
            waiting.notifyAll();
          }
          return;
        }
        if (!goesOn) {
          throw e;
        }
        retries.incrementAndGet();
        TimeUnit.MILLISECONDS.sleep(
            Math.min(MOST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(10, tries - 1)));
        continue;
      }
      tries = 0;
      first = false;
      requests.incrementAndGet();
      rows.addAndGet(page.size());
      sink.page(range, page);
      statement =
          page.hasMore() ? statement(prepared, range).pagingState(page.pagingState()) : null;
    }
    done.incrementAndGet();
  }

  private BoundStatement statement(PreparedStatement prepared, TokenRange range) {
    BoundStatement bound =
        prepared.variables().size() == 0
            ? prepared.bind()
            : prepared.bind(range.start(), range.end()).routingToken(range.end());
    return bound.pageSize(pageSize);
  }

  private static boolean isTimeout(DriverException failure) {
    return failure instanceof RequestTimeoutException
        || (failure instanceof ServerException server
            && switch (server.code()) {
              case READ_TIMEOUT, READ_FAILURE, OVERLOADED -> true;
              default -> false;
            });
  }

  private static boolean isTransient(DriverException failure) {
    return isTimeout(failure)
        || failure instanceof ThrottledException
        || failure instanceof ConnectionException
        || failure instanceof NoNodeAvailableException
        || (failure instanceof ServerException server
            && switch (server.code()) {
              case UNAVAILABLE, IS_BOOTSTRAPPING, SERVER_ERROR -> true;
              default -> false;
            });
  }
}

package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.DamagedSourceException;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.UnknownTableException;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Fetches what one replica has of a table in a range that does not wrap, and applies it here. A
 * page is asked for while the one before is being applied; one that is lost is asked for again. Of
 * one lane.
 */
public final class RangeFetch {
  private static final long RETRY_NANOS = 500_000_000;

  private final LaneAccess lanes;
  private final Lane lane;
  private final Clock clock;
  private final StreamLimits limits;
  private final StreamProgress progress;
  private final NodeAddress source;
  private final RangePages pages;
  private final UnaryOperator<List<RangePages.Update>> also;
  private final WriteCallback done;
  private int failures;
  private boolean asking;
  private boolean applying;
  private boolean ended;

  /** A page that arrived before the one before it was durable, or null. */
  private List<RangePages.Update> waiting;

  /**
   * A fetch that has not begun.
   *
   * @param also what is to be applied for a page
   * @param done told on this lane when everything is durable, or why it failed
   */
  public RangeFetch(
      LaneAccess lanes,
      Lane lane,
      Clock clock,
      StreamLimits limits,
      StreamProgress progress,
      NodeAddress source,
      RangePages pages,
      UnaryOperator<List<RangePages.Update>> also,
      WriteCallback done) {
    this.lanes = lanes;
    this.lane = lane;
    this.clock = clock;
    this.limits = limits;
    this.progress = progress;
    this.source = source;
    this.pages = pages;
    this.also = also;
    this.done = done;
  }

  /** Asks for the first page. */
  public void begin() {
    goOn();
  }

  /** Applies what waits, asks for more, or ends. */
  private void goOn() {
    if (ended) {
      return;
    }
    if (!applying && waiting != null) {
      List<RangePages.Update> page = waiting;
      waiting = null;
      applying = true;
      apply(page);
    }
    if (!asking && waiting == null && !pages.isOver()) {
      asking = true;
      ask();
    }
    if (!applying && !asking && waiting == null) {
      end(null);
    }
  }

  private void end(Throwable failure) {
    if (!ended) {
      ended = true;
      done.done(failure);
    }
  }

  private void ask() {
    pages.next(
        source,
        limits.timeoutNanos(),
        new RangePages.Callback() {
          @Override
          public void page(List<RangePages.Update> updates) {
            failures = 0;
            asking = false;
            waiting = updates;
            goOn();
          }

          @Override
          public void failed(FailureReason reason) {
            retry(
                new StreamException(
                    "no page of " + source + " behind token " + pages.position() + ": " + reason),
                RangeFetch.this::ask);
          }

          @Override
          public void damaged(String what) {
            end(new DamagedSourceException(source, pages.position(), what));
          }
        });
  }

  private void apply(List<RangePages.Update> page) {
    List<RangePages.Update> updates;
    try {
      updates = also.apply(page);
    } catch (RuntimeException e) {
      end(e);
      return;
    }
    if (updates.isEmpty()) {
      applying = false;
      lane.execute(this::goOn);
      return;
    }
    long bytes = updates.stream().mapToLong(u -> u.bytes().length).sum();
    WriteCallback each =
        WriteCallback.all(
            updates.size(), failure -> lane.execute(() -> applied(page, bytes, failure)));
    for (RangePages.Update update : updates) {
      lanes.apply(
          update.token(),
          update.bytes(),
          // What is of a table that was dropped meanwhile nobody wants.
          failure -> each.done(failure instanceof UnknownTableException ? null : failure));
    }
  }

  private void applied(List<RangePages.Update> page, long bytes, Throwable failure) {
    if (failure instanceof OverloadedException) {
      retry(failure, () -> apply(page));
    } else if (failure != null) {
      end(failure);
    } else {
      long wait = progress.received(bytes, limits.bytesPerSecond(), clock.nanoTime());
      if (wait > 0) {
        lane.schedule(wait, this::applied);
      } else {
        applied();
      }
    }
  }

  private void applied() {
    applying = false;
    goOn();
  }

  private void retry(Throwable cause, Runnable again) {
    if (ended) {
      return;
    }
    if (++failures >= limits.attempts()) {
      end(cause);
    } else {
      lane.schedule(RETRY_NANOS, again);
    }
  }
}

package io.ilion.server.cql;

import io.ilion.coordinator.replica.read.ReadProgress;
import io.ilion.coordinator.write.Attempt;
import io.ilion.coordinator.write.WriteProgress;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.protocol.ErrorDetails;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.server.Exchange;
import io.ilion.server.RunningRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers the requests of a lane's connections that take too long, with the errors that Cassandra
 * gives. Owned by the lane. What was asked for may still happen; its answer is then dropped.
 *
 * <p>There is one timer, which goes off a few times in the shortest timeout, and only while there
 * are requests: deadlines are kept a little late rather than with a timer for each request.
 */
final class RequestDeadlines {
  private static final long LONGEST_TICK_NANOS = 100_000_000L;
  private static final int TICKS = 8;

  private final Lane lane;
  private final Clock clock;
  private final LiveTimeouts timeouts;
  private final DeadlineQueue<Reading> reads;
  private final DeadlineQueue<Reading> ranges;
  private final DeadlineQueue<Writing> writes;
  private final DeadlineQueue<Writing> counters;
  private final DeadlineQueue<Deciding> waiting;
  private final DeadlineQueue<Deciding> deciding;
  private final DeadlineQueue<Truncating> truncations;
  private final List<DeadlineQueue<?>> all;
  private boolean ticking;

  RequestDeadlines(Lane lane, Clock clock, LiveTimeouts timeouts) {
    this.lane = lane;
    this.clock = clock;
    this.timeouts = timeouts;
    reads = new DeadlineQueue<>(timeouts::readNanos, Reading::expire);
    ranges = new DeadlineQueue<>(timeouts::rangeNanos, Reading::expire);
    writes = new DeadlineQueue<>(timeouts::writeNanos, Writing::expire);
    counters = new DeadlineQueue<>(timeouts::counterNanos, Writing::expire);
    waiting = new DeadlineQueue<>(timeouts::contentionNanos, this::expireWaiting);
    // The agreement gives up first, since it knows how many have accepted what was proposed.
    deciding =
        new DeadlineQueue<>(() -> timeouts.writeNanos() + LONGEST_TICK_NANOS, Deciding::expire);
    truncations = new DeadlineQueue<>(timeouts::truncateNanos, Truncating::expire);
    all = List.of(reads, ranges, writes, counters, waiting, deciding, truncations);
  }

  private long tickNanos() {
    return Math.min(LONGEST_TICK_NANOS, timeouts.get().shortest().toNanos() / TICKS);
  }

  /** A read has begun. */
  void read(Exchange exchange, Consistency consistency, boolean range, ReadProgress progress) {
    add(range ? ranges : reads, new Reading(exchange, consistency, progress));
  }

  /** A write begins; what is returned has to be told of its progress. */
  WriteProgress write(Exchange exchange, Consistency consistency, boolean counter) {
    Writing writing = new Writing(exchange, consistency);
    add(counter ? counters : writes, writing);
    return writing;
  }

  /** A conditional update begins. */
  void decide(Exchange exchange, Consistency serial, Attempt attempt) {
    add(waiting, new Deciding(exchange, serial, attempt));
  }

  /** A truncation begins. */
  void truncate(Exchange exchange) {
    add(truncations, new Truncating(exchange));
  }

  /** The requests that have not been answered, the oldest of each kind first; on the lane. */
  List<RunningRequest> running(int most) {
    long now = clock.nanoTime();
    List<RunningRequest> running = new ArrayList<>();
    for (DeadlineQueue<?> queue : all) {
      queue.forEach(
          (request, since) -> {
            if (running.size() < most) {
              running.add(
                  new RunningRequest(
                      lane.index(), now - since, SlowRequests.text(request.exchange())));
            }
          });
    }
    return running;
  }

  private <T extends DeadlineQueue.Timed> void add(DeadlineQueue<T> queue, T request) {
    queue.add(request, clock.nanoTime());
    if (!ticking) {
      ticking = true;
      lane.schedule(tickNanos(), this::tick);
    }
  }

  private void tick() {
    long now = clock.nanoTime();
    try {
      for (DeadlineQueue<?> queue : all) {
        queue.expire(now);
      }
    } finally {
      // Also when an answer could not be written: the others have their deadlines still.
      boolean empty = true;
      for (DeadlineQueue<?> queue : all) {
        empty &= queue.isEmpty();
      }
      ticking = !empty;
      if (ticking) {
        lane.schedule(tickNanos(), this::tick);
      }
    }
  }

  private void expireWaiting(Deciding request) {
    if (request.attempt.giveUp()) {
      int contentions = request.attempt.contentions();
      request.fail(
          ErrorCode.WRITE_TIMEOUT,
          "CAS operation timed out: received 0 of 1 required responses after "
              + contentions
              + " contention retries",
          new ErrorDetails.WriteTimeout(request.consistency, 0, 1, WriteType.CAS, contentions));
    } else {
      deciding.add(request, clock.nanoTime());
    }
  }

  /** A request that is under way. */
  private interface Pending extends DeadlineQueue.Timed {
    @Override
    default boolean isOver() {
      return exchange().isClaimed();
    }

    @Override
    default int bytes() {
      return exchange().size();
    }

    default void fail(ErrorCode code, String message, ErrorDetails details) {
      if (exchange().claim()) {
        exchange().fail(new RequestException(code, message, details));
      }
    }
  }

  private record Reading(Exchange exchange, Consistency consistency, ReadProgress progress)
      implements Pending {
    void expire() {
      int received = progress.received();
      fail(
          ErrorCode.READ_TIMEOUT,
          "Operation timed out - received only " + received + " responses.",
          new ErrorDetails.ReadTimeout(
              consistency, received, progress.blockFor(), progress.dataPresent()));
    }
  }

  private record Deciding(Exchange exchange, Consistency consistency, Attempt attempt)
      implements Pending {
    void expire() {
      fail(
          ErrorCode.CAS_WRITE_UNKNOWN,
          "CAS operation result is unknown - proposal accepted by 0 but not a quorum.",
          new ErrorDetails.CasWriteUnknown(consistency, 0, 1));
    }
  }

  private record Truncating(Exchange exchange) implements Pending {
    void expire() {
      fail(
          ErrorCode.TRUNCATE_ERROR,
          "Error during truncate: Truncate timed out - received only 0 responses",
          null);
    }
  }

  private static final class Writing extends WriteProgress implements Pending {
    private final Exchange exchange;
    private final Consistency consistency;

    Writing(Exchange exchange, Consistency consistency) {
      this.exchange = exchange;
      this.consistency = consistency;
    }

    @Override
    public Exchange exchange() {
      return exchange;
    }

    void expire() {
      int received = received();
      fail(
          ErrorCode.WRITE_TIMEOUT,
          "Operation timed out - received only " + received + " responses.",
          new ErrorDetails.WriteTimeout(consistency, received, blockFor(), type(), 0));
    }
  }
}

package io.ilion.server.cql;

import io.ilion.coordinator.read.ResultTooLargeException;
import io.ilion.coordinator.read.TooManyTombstonesException;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.model.data.CorruptDataException;
import io.ilion.protocol.ErrorDetails;
import io.ilion.runtime.Clock;
import io.ilion.runtime.DiskFullException;
import io.ilion.storage.OverloadedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What clients are told when reads and writes fail below the language. Damage, broken disks and
 * what nobody foresaw also go to the log, at most once in a second. Safe to call from any lane.
 */
final class RequestFailures {
  private static final Logger LOGGER = LoggerFactory.getLogger(RequestFailures.class);
  private static final long LOG_INTERVAL_NANOS = 1_000_000_000;
  private static final int UNKNOWN = 0;
  private static final int READ_TOO_MANY_TOMBSTONES = 1;
  private static final int READ_SIZE = 4;

  private final Clock clock;
  private final Supplier<InetSocketAddress> node;
  private final AtomicLong nextLogNanos;
  private final AtomicLong notLogged = new AtomicLong();

  /**
   * Creates it.
   *
   * @param node where other nodes would find this one
   */
  RequestFailures(Clock clock, Supplier<InetSocketAddress> node) {
    this.clock = clock;
    this.node = node;
    this.nextLogNanos = new AtomicLong(clock.nanoTime());
  }

  /** The failure of a read, as the client is told. */
  Throwable ofRead(Throwable failure, Consistency consistency) {
    Throwable cause = cause(failure);
    if (cause instanceof TooManyTombstonesException) {
      return readFailure(consistency, READ_TOO_MANY_TOMBSTONES);
    }
    if (cause instanceof ResultTooLargeException) {
      return readFailure(consistency, READ_SIZE);
    }
    Throwable plain = plain(cause);
    if (plain != null) {
      return plain;
    }
    log("a read", cause);
    return isOfStorage(cause) ? readFailure(consistency, UNKNOWN) : cause;
  }

  /** The failure of a write, as the client is told. */
  Throwable ofWrite(Throwable failure, Consistency consistency, WriteType type) {
    Throwable cause = cause(failure);
    Throwable plain = plain(cause);
    if (plain != null) {
      return plain;
    }
    log("a write", cause);
    return isOfStorage(cause)
        ? new RequestException(
            ErrorCode.WRITE_FAILURE,
            message(UNKNOWN),
            new ErrorDetails.WriteFailure(consistency, 0, 1, failures(UNKNOWN), type))
        : cause;
  }

  /** The failure of a truncation, as the client is told. */
  Throwable ofTruncate(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof CqlException) {
      return cause;
    }
    log("a truncation", cause);
    return new CqlException(
        ErrorCode.TRUNCATE_ERROR, "Error during truncate: " + cause.getMessage());
  }

  /** The failure of a change of the schema, as the client is told. */
  Throwable ofDefinition(Throwable failure) {
    Throwable cause = cause(failure);
    Throwable plain = plain(cause);
    if (plain == null) {
      log("a change of the schema", cause);
    }
    return plain == null ? cause : plain;
  }

  private static Throwable cause(Throwable failure) {
    boolean wraps =
        failure instanceof CompletionException || failure instanceof UncheckedIOException;
    return wraps && failure.getCause() != null ? failure.getCause() : failure;
  }

  private static boolean isOfStorage(Throwable cause) {
    return cause instanceof CorruptDataException || cause instanceof IOException;
  }

  /** What needs neither fields nor the log, or null. */
  private static Throwable plain(Throwable cause) {
    if (cause instanceof CqlException) {
      return cause;
    }
    if (cause instanceof OverloadedException) {
      return new CqlException(ErrorCode.OVERLOADED, cause.getMessage());
    }
    // Drivers word failures of writes themselves; of a server error they show what it says.
    return cause instanceof DiskFullException ? CqlException.server(cause.getMessage()) : null;
  }

  private RequestException readFailure(Consistency consistency, int reason) {
    // A serial read is made with the level that finishes what others have begun.
    Consistency level =
        switch (consistency) {
          case SERIAL -> Consistency.QUORUM;
          case LOCAL_SERIAL -> Consistency.LOCAL_QUORUM;
          default -> consistency;
        };
    return new RequestException(
        ErrorCode.READ_FAILURE,
        message(reason),
        new ErrorDetails.ReadFailure(level, 0, 1, failures(reason), false));
  }

  private String message(int reason) {
    InetSocketAddress address = node.get();
    return String.format(
        "Operation failed - received 0 responses and 1 failures: %s from /%s:%d",
        switch (reason) {
          case READ_TOO_MANY_TOMBSTONES -> "READ_TOO_MANY_TOMBSTONES";
          case READ_SIZE -> "READ_SIZE";
          default -> "UNKNOWN";
        },
        address.getAddress().getHostAddress(),
        address.getPort());
  }

  private ErrorDetails.Failures failures(int reason) {
    return ErrorDetails.Failures.of(Map.of(node.get().getAddress(), reason));
  }

  private void log(String what, Throwable cause) {
    long now = clock.nanoTime();
    long next = nextLogNanos.get();
    if (now - next < 0 || !nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
      notLogged.incrementAndGet();
      return;
    }
    long others = notLogged.getAndSet(0);
    LOGGER.error(
        "{} failed{}", what, others == 0 ? "" : ", as " + others + " others before it", cause);
  }
}

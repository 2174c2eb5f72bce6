package io.ilion.server.cql;

import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * How long requests may take.
 *
 * @param read of named partitions
 * @param range of a range of tokens
 * @param contention how long a conditional update may wait for others
 * @param other of a change of the schema
 */
public record Timeouts(
    Duration read,
    Duration range,
    Duration write,
    Duration counter,
    Duration contention,
    Duration truncate,
    Duration other) {

  /** After so long every request has ended, except truncations. */
  public Duration longest() {
    return Stream.of(read, range, write, counter, contention, other)
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** No request for rows ends by its timeout sooner than after this. */
  public Duration shortest() {
    return Stream.of(read, range, write, counter, contention, truncate)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** The timeouts that a node is configured with. */
  public static Timeouts of(Config config) {
    return new Timeouts(
        config.get(Settings.READ_REQUEST_TIMEOUT),
        config.get(Settings.RANGE_REQUEST_TIMEOUT),
        config.get(Settings.WRITE_REQUEST_TIMEOUT),
        config.get(Settings.COUNTER_WRITE_REQUEST_TIMEOUT),
        config.get(Settings.CAS_CONTENTION_TIMEOUT),
        config.get(Settings.TRUNCATE_REQUEST_TIMEOUT),
        config.get(Settings.REQUEST_TIMEOUT));
  }
}

package io.ilion.coordinator.write;

import io.ilion.runtime.Clock;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Timeuuids of the present that never repeat. Any thread may ask. */
public final class TimeUuids implements Supplier<UUID> {
  /** 100 ns intervals from 1582-10-15 to 1970-01-01. */
  private static final long UUID_EPOCH = 0x01B21DD213814000L;

  private final Clock clock;
  private final AtomicLong last = new AtomicLong();
  private final long clockSequenceAndNode;

  /** Timeuuids of a clock, and of a node that is drawn at random. */
  public TimeUuids(Clock clock, RandomGenerator random) {
    this.clock = clock;
    // Variant 2, a random clock sequence, a random node with the multicast bit (RFC 4122, 4.5).
    clockSequenceAndNode =
        (random.nextLong() & 0x3FFFFFFFFFFFFFFFL) | Long.MIN_VALUE | 0x0000010000000000L;
  }

  /** The time of a timeuuid, in milliseconds since 1970. */
  public static long millis(UUID timeUuid) {
    return Math.floorDiv(timeUuid.timestamp() - UUID_EPOCH, 10_000L);
  }

  /** The time of a timeuuid, in microseconds since 1970. */
  public static long micros(UUID timeUuid) {
    return Math.floorDiv(timeUuid.timestamp() - UUID_EPOCH, 10L);
  }

  @Override
  public UUID get() {
    long wanted = clock.wallMicros() * 10 + UUID_EPOCH;
    long time = last.accumulateAndGet(wanted, (before, now) -> Math.max(before + 1, now));
    long high = (time << 32) | ((time >>> 16) & 0xFFFF0000L) | 0x1000L | ((time >>> 48) & 0x0FFF);
    return new UUID(high, clockSequenceAndNode);
  }
}

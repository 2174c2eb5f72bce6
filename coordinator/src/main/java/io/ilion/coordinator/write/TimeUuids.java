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

  private static final long CLOCK_SEQUENCE = 0x3FFFL << 48;

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
    return new UUID(high(time), clockSequenceAndNode);
  }

  /**
   * A timeuuid of a time.
   *
   * @param ticks since 1970, of 100 ns
   * @param like of the same node
   * @param clockSequence tells it from others of that node and time; its low 14 bits count
   */
  public static UUID of(long ticks, UUID like, int clockSequence) {
    long low = like.getLeastSignificantBits() & ~CLOCK_SEQUENCE;
    return new UUID(high(ticks + UUID_EPOCH), low | (long) clockSequence << 48 & CLOCK_SEQUENCE);
  }

  private static long high(long time) {
    return (time << 32) | ((time >>> 16) & 0xFFFF0000L) | 0x1000L | ((time >>> 48) & 0x0FFF);
  }
}

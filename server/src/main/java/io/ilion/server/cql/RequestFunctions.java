package io.ilion.server.cql;

import io.ilion.cql.function.FunctionContext;
import io.ilion.model.data.Bytes;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator.SplittableGenerator;

/** What functions may know of the world, for one request. */
final class RequestFunctions implements FunctionContext {
  /** 100 ns intervals from 1582-10-15 to 1970-01-01. */
  private static final long UUID_EPOCH = 0x01B21DD213814000L;

  private final long nowMillis;
  private final Shared shared;

  RequestFunctions(long nowMillis, Shared shared) {
    this.nowMillis = nowMillis;
    this.shared = shared;
  }

  /** What all requests of a node share. Safe for many threads. */
  static final class Shared {
    private final AtomicLong lastUuidTime = new AtomicLong();
    private final SplittableGenerator random;
    private final long clockSequenceAndNode;

    Shared(SplittableGenerator random) {
      this.random = random;
      // Variant 2, a random clock sequence, a random node with the multicast bit (RFC 4122, 4.5).
      clockSequenceAndNode =
          (random.nextLong() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L | 0x0000010000000000L;
    }

    private long nextUuidTime(long nowMillis) {
      long wanted = nowMillis * 10_000 + UUID_EPOCH;
      return lastUuidTime.accumulateAndGet(wanted, (last, now) -> Math.max(last + 1, now));
    }

    private synchronized long nextLong() {
      return random.nextLong();
    }
  }

  @Override
  public long nowMillis() {
    return nowMillis;
  }

  @Override
  public byte[] newTimeUuid() {
    long time = shared.nextUuidTime(nowMillis);
    byte[] uuid = new byte[16];
    Bytes.putLong(
        uuid, 0, (time << 32) | ((time >>> 16) & 0xFFFF0000L) | 0x1000L | ((time >>> 48) & 0x0FFF));
    Bytes.putLong(uuid, 8, shared.clockSequenceAndNode);
    return uuid;
  }

  @Override
  public byte[] newRandomUuid() {
    byte[] uuid = new byte[16];
    Bytes.putLong(uuid, 0, (shared.nextLong() & ~0xF000L) | 0x4000L);
    Bytes.putLong(uuid, 8, (shared.nextLong() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L);
    return uuid;
  }
}

package io.ilion.coordinator.paxos;

import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * The number of a round. No two rounds have the same one: each draws the random part anew. Rounds
 * of one partition that got any promise differ in their time, because a replica promises only what
 * is later than all it promised before; so the time can be the timestamp of the update.
 *
 * @param micros since 1970, by the clock of whoever began the round, or later
 * @param unique with the variant bits of a UUID, and behind them whether one data centre agrees
 *     alone; the rest is random
 */
public record Ballot(long micros, long unique) implements Comparable<Ballot> {
  /** Before every round. */
  public static final Ballot NONE = new Ballot(0, Long.MIN_VALUE);

  /** The bytes of a ballot: those of a timeuuid. */
  static final int BYTES = 16;

  private static final long LOCAL = 1L << 61;

  /** 100 ns intervals from 1582-10-15 to 1970-01-01. */
  private static final long UUID_EPOCH = 0x01B21DD213814000L;

  /**
   * A new ballot of a time.
   *
   * @param local whether the data centre of whoever draws it agrees alone
   */
  static Ballot draw(long micros, boolean local, RandomGenerator random) {
    long unique = random.nextLong() & (LOCAL - 1) | Long.MIN_VALUE;
    return new Ballot(micros, local ? unique | LOCAL : unique);
  }

  /** Whether one data centre agrees alone in this round. */
  boolean isLocal() {
    return (unique & LOCAL) != 0;
  }

  boolean isNone() {
    return micros == 0;
  }

  /** Whether whoever promised this one may promise or accept another: the same, or a later one. */
  boolean admits(Ballot other) {
    return other.micros > micros || other.equals(this);
  }

  static Ballot max(Ballot a, Ballot b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  @Override
  public int compareTo(Ballot other) {
    int order = Long.compare(micros, other.micros);
    return order != 0 ? order : Long.compare(unique, other.unique);
  }

  /** This ballot as a UUID of version 1. */
  UUID toUuid() {
    long time = micros * 10 + UUID_EPOCH;
    long high = (time << 32) | ((time >>> 16) & 0xFFFF0000L) | 0x1000L | ((time >>> 48) & 0x0FFF);
    return new UUID(high, unique);
  }

  static Ballot ofUuid(long high, long low) {
    long time = (high >>> 32) | ((high & 0xFFFF0000L) << 16) | ((high & 0x0FFF) << 48);
    return new Ballot((time - UUID_EPOCH) / 10, low);
  }

  void writeTo(ByteSink out) {
    UUID uuid = toUuid();
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  static Ballot read(ByteBuffer in) {
    long high = in.getLong();
    return ofUuid(high, in.getLong());
  }

  @Override
  public String toString() {
    return micros + "-" + Long.toHexString(unique & 0xffff);
  }
}

package io.ilion.coordinator.paxos;

import io.ilion.model.ring.Murmur3;
import java.util.Arrays;
import java.util.UUID;

/** A partition of a table. */
public final class PaxosKey {
  private final UUID table;
  private final byte[] key;
  private final long token;

  private PaxosKey(UUID table, byte[] key) {
    this.table = table;
    this.key = key;
    token = Murmur3.token(key);
  }

  /** The partition of a key, which must not change. */
  public static PaxosKey of(UUID table, byte[] key) {
    return new PaxosKey(table, key);
  }

  /** The table's id. */
  public UUID table() {
    return table;
  }

  /** The partition key, not copied. */
  public byte[] bytes() {
    return key;
  }

  /** The token of the partition key. */
  public long token() {
    return token;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PaxosKey that
        && token == that.token
        && table.equals(that.table)
        && Arrays.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(token) ^ table.hashCode();
  }
}

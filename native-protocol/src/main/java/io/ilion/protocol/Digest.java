package io.ilion.protocol;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An opaque identifier that a server gave: of a prepared statement, or of the columns of its
 * result. Compared by value, with its hash computed once, so that it can be a key of maps on the
 * hot path.
 */
public final class Digest {
  private final byte[] bytes;
  private final int hash;

  /** Wraps the bytes, which the caller no longer changes. */
  public Digest(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** Returns the bytes themselves, not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest that && hash == that.hash && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** The bytes in lower-case hexadecimal, as Cassandra's messages show them. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}

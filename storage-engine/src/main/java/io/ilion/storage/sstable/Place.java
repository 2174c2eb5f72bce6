package io.ilion.storage.sstable;

import java.util.Arrays;

/** A place in a file that a cursor looks for, in the order of (token, key, position). */
final class Place {
  private enum Kind {
    HEAD,
    POSITION,
    BEHIND
  }

  private Kind kind;
  private long token;
  private byte[] key;
  private byte[] position;
  private boolean inclusive;

  /** The head of a partition. */
  Place atHead(long ofToken, byte[] ofKey) {
    kind = Kind.HEAD;
    token = ofToken;
    key = ofKey;
    return this;
  }

  /** Behind all entries of a partition. */
  Place behind(long ofToken, byte[] ofKey) {
    kind = Kind.BEHIND;
    token = ofToken;
    key = ofKey;
    return this;
  }

  /** A position in a partition, or just before it if not inclusive. */
  Place at(long ofToken, byte[] ofKey, byte[] ofPosition, boolean isInclusive) {
    kind = Kind.POSITION;
    token = ofToken;
    key = ofKey;
    position = ofPosition;
    inclusive = isInclusive;
    return this;
  }

  long token() {
    return token;
  }

  /**
   * Whether a block that begins somewhere begins at or before this place.
   *
   * @param positionLength of the position that it begins with; -1 for the head of its partition
   */
  boolean isReachedBy(
      long itsToken,
      byte[] keyArray,
      int keyOffset,
      int keyLength,
      byte[] positionArray,
      int positionOffset,
      int positionLength) {
    if (itsToken != token) {
      return itsToken < token;
    }
    int order =
        Arrays.compareUnsigned(keyArray, keyOffset, keyOffset + keyLength, key, 0, key.length);
    if (order != 0) {
      return order < 0;
    }
    if (positionLength < 0 || kind == Kind.BEHIND) {
      return true;
    }
    if (kind == Kind.HEAD) {
      return false;
    }
    order =
        Arrays.compareUnsigned(
            positionArray,
            positionOffset,
            positionOffset + positionLength,
            position,
            0,
            position.length);
    return order < 0 || (order == 0 && inclusive);
  }
}

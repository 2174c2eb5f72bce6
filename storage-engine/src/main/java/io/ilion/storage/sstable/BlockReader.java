package io.ilion.storage.sstable;

import static io.ilion.model.data.Bytes.getLong;
import static io.ilion.model.data.Bytes.getVint;
import static io.ilion.model.data.Bytes.vintLength;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import java.util.Arrays;

/** Reads the entries of one block in place. */
final class BlockReader {
  byte[] bytes;
  int kind;
  long token;

  /** The partition's key, the row's key or the marker's position. */
  int keyOffset;

  int keyLength;

  /** The row's image, or the head's static row (length -1 for none). */
  int imageOffset;

  int imageLength;

  /** Where the deletions of the entry stand; -1 for none. */
  int deletionOffset;

  /** Reads the entry at an offset; returns the offset behind it. */
  int read(int offset) {
    byte[] a = bytes;
    int at = offset;
    kind = a[at++];
    switch (kind) {
      case SSTableWriter.ROW -> {
        keyLength = getVint(a, at);
        at += vintLength(keyLength);
        imageLength = getVint(a, at);
        at += vintLength(imageLength);
        keyOffset = at;
        imageOffset = at + keyLength;
        at = imageOffset + imageLength;
      }
      case SSTableWriter.MARKER -> {
        keyLength = getVint(a, at);
        keyOffset = at + vintLength(keyLength);
        deletionOffset = keyOffset + keyLength;
        at = deletionOffset + 32;
      }
      case SSTableWriter.HEAD -> {
        token = getLong(a, at);
        keyLength = getVint(a, at + 8);
        keyOffset = at + 8 + vintLength(keyLength);
        at = keyOffset + keyLength;
        int flags = a[at++];
        deletionOffset = -1;
        if ((flags & 1) != 0) {
          deletionOffset = at;
          at += 16;
        }
        imageLength = -1;
        if ((flags & 2) != 0) {
          imageLength = getVint(a, at);
          imageOffset = at + vintLength(imageLength);
          at = imageOffset + imageLength;
        }
      }
      case SSTableWriter.CONTINUED -> {
        deletionOffset = at;
        at += 16;
      }
      default -> throw new CorruptDataException("a block has an entry of unknown kind " + kind);
    }
    return at;
  }

  int compareKey(byte[] other) {
    return Arrays.compareUnsigned(bytes, keyOffset, keyOffset + keyLength, other, 0, other.length);
  }

  /** The first deletion of the entry: of the head, before the marker, or in force here. */
  Deletion deletion() {
    return deletionOffset < 0 ? Deletion.NONE : deletion(deletionOffset);
  }

  /** The deletion after the marker. */
  Deletion after() {
    return deletion(deletionOffset + 16);
  }

  private Deletion deletion(int offset) {
    long timestamp = getLong(bytes, offset);
    return timestamp == Long.MIN_VALUE
        ? Deletion.NONE
        : new Deletion(timestamp, getLong(bytes, offset + 8));
  }
}

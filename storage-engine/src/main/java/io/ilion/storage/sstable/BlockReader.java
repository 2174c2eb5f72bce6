package io.ilion.storage.sstable;

import static io.ilion.model.data.Bytes.getInt;
import static io.ilion.model.data.Bytes.getLong;
import static io.ilion.model.data.Bytes.getVint;
import static io.ilion.model.data.Bytes.vintLength;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import java.util.Arrays;

/** Reads the entries of one block in place, each by its number. */
final class BlockReader {
  private static final int NEAR_HEADS = 2;

  private byte[] bytes;
  private int entries;
  private int heads;
  private int markers;
  private int table;
  private int width;

  int kind;
  long token;

  /** The partition's key, the row's key or the marker's position. */
  int keyOffset;

  int keyLength;

  /** The row's image, or the head's static row (length -1 for none). */
  int imageOffset;

  int imageLength;

  /** Where the deletions of the entry stand; -1 for none. */
  private int deletionOffset;

  /** Places this reader on a block. */
  void open(byte[] array, int length) {
    bytes = array;
    int tail = length - SSTableWriter.TAIL_BYTES;
    entries = getInt(array, tail);
    heads = getInt(array, tail + 4);
    markers = getInt(array, tail + 8);
    width = SSTableWriter.offsetBytes(length);
    table = tail - (entries + heads) * width;
    if (entries < 1 || heads < 0 || table < 1) {
      throw new CorruptDataException("a block says that it has " + entries + " entries");
    }
  }

  byte[] bytes() {
    return bytes;
  }

  int entries() {
    return entries;
  }

  boolean hasMarkers() {
    return markers > 0;
  }

  private int number(int at) {
    return width == 2 ? (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff) : getInt(bytes, at);
  }

  int heads() {
    return heads;
  }

  /** The number of the entry that is a block's n-th head; that of all entries behind the last. */
  int entryOfHead(int head) {
    return head < heads ? number(table + (entries + head) * width) : entries;
  }

  /**
   * The first head at or behind a partition, or only behind it; the number of heads if there is
   * none.
   *
   * @param fraction how far the partition lies between the first token of this block and the next
   */
  int searchHead(double fraction, long ofToken, byte[] key, boolean inclusive) {
    return TokenSearch.count(
        heads, fraction, NEAR_HEADS, head -> isHeadBefore(head, ofToken, key, inclusive));
  }

  private boolean isHeadBefore(int head, long ofToken, byte[] key, boolean inclusive) {
    read(entryOfHead(head));
    if (token != ofToken) {
      return token < ofToken;
    }
    int order = compareKey(key);
    return order < 0 || (order == 0 && !inclusive);
  }

  /**
   * Among the rows and markers of a partition the first that lies at or behind a position. A marker
   * at the position itself counts as before it if it is to be passed.
   */
  int search(int from, int to, byte[] position, boolean passMarker) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      read(middle);
      int order = compareKey(position);
      if (order < 0 || (order == 0 && passMarker && kind == SSTableWriter.MARKER)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The deletion in force behind the entries before one, from the first of a partition here. */
  Deletion openBefore(int entry, int from) {
    if (hasMarkers()) {
      for (int i = entry - 1; i >= from; i--) {
        if (bytes[number(table + i * width)] == SSTableWriter.MARKER) {
          read(i);
          return after();
        }
      }
    }
    read(from - 1);
    return kind == SSTableWriter.CONTINUED ? deletion() : Deletion.NONE;
  }

  /** Reads an entry. */
  void read(int entry) {
    byte[] a = bytes;
    int at = number(table + entry * width);
    kind = a[at++];
    switch (kind) {
      case SSTableWriter.ROW -> {
        keyLength = getVint(a, at);
        at += vintLength(keyLength);
        imageLength = getVint(a, at);
        keyOffset = at + vintLength(imageLength);
        imageOffset = keyOffset + keyLength;
      }
      case SSTableWriter.MARKER -> {
        keyLength = getVint(a, at);
        keyOffset = at + vintLength(keyLength);
        deletionOffset = keyOffset + keyLength;
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
        }
      }
      case SSTableWriter.CONTINUED -> deletionOffset = at;
      default -> throw new CorruptDataException("a block has an entry of unknown kind " + kind);
    }
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

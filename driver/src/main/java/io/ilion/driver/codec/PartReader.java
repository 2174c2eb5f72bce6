package io.ilion.driver.codec;

/** Reads the parts of a value, one after the other, and never beyond its end. */
final class PartReader {
  private final byte[] bytes;
  private final int end;
  private int at;

  PartReader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.at = offset;
    this.end = offset + length;
  }

  /** The number of elements that begins a collection, each of so many parts. */
  int count(int parts) {
    if (end == at) {
      return 0;
    }
    if (end - at < 4) {
      throw truncated();
    }
    int count = Bytes.intAt(bytes, at);
    at += 4;
    if (count < 0 || count * 4L * parts > end - at) {
      throw new CodecException("A collection claims " + count + " elements");
    }
    return count;
  }

  boolean hasNext() {
    return at < end;
  }

  /** The next part, null for CQL's null. */
  Object next(Codec<?> codec) {
    if (end - at < 4) {
      throw truncated();
    }
    int length = Bytes.intAt(bytes, at);
    at += 4;
    if (length < 0) {
      return null;
    }
    if (end - at < length) {
      throw truncated();
    }
    at += length;
    return codec.decode(bytes, at - length, length);
  }

  private static CodecException truncated() {
    return new CodecException("A value ends inside of one of its parts");
  }
}

package io.ilion.model.type;

import io.ilion.model.data.CorruptDataException;
import java.util.Arrays;
import java.util.List;

/**
 * Partition keys in Cassandra's form: the value of a single column as it is; of several columns
 * each as a 16-bit length, the value and a zero byte.
 */
public final class PartitionKeyCodec {
  private PartitionKeyCodec() {}

  /** The key of the values, each at most 65535 bytes. */
  public static byte[] compose(List<byte[]> values) {
    if (values.size() == 1) {
      return values.get(0);
    }
    ByteSink out = new ByteSink();
    for (byte[] value : values) {
      out.writeShort(value.length);
      out.writeBytes(value);
      out.writeByte(0);
    }
    return out.toByteArray();
  }

  /** The values of a key of {@code count} columns. */
  public static byte[][] split(byte[] key, int count) {
    if (count == 1) {
      return new byte[][] {key};
    }
    byte[][] values = new byte[count][];
    int at = 0;
    for (int i = 0; i < count; i++) {
      if (at + 2 > key.length) {
        throw new CorruptDataException("partition key ends before its column " + i);
      }
      int length = (key[at] & 0xff) << 8 | (key[at + 1] & 0xff);
      at += 2;
      if (at + length + 1 > key.length) {
        throw new CorruptDataException("partition key ends within its column " + i);
      }
      values[i] = Arrays.copyOfRange(key, at, at + length);
      at += length + 1;
    }
    return values;
  }
}

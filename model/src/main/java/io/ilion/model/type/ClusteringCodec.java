package io.ilion.model.type;

import java.util.List;

/**
 * Clustering keys as byte strings whose unsigned order is the clustering order. A component is a
 * marker, 0x20 before a value and 0x10 for the empty value, and the value's comparable form; the
 * components of descending columns are inverted bit by bit.
 */
public final class ClusteringCodec {
  private static final int EMPTY = 0x10;
  private static final int VALUE = 0x20;

  private final List<CqlType> types;
  private final boolean[] descending;

  /** Makes the codec of some clustering columns. */
  public ClusteringCodec(List<CqlType> types, List<Boolean> descending) {
    this.types = List.copyOf(types);
    this.descending = new boolean[types.size()];
    for (int i = 0; i < this.descending.length; i++) {
      this.descending[i] = descending.get(i);
    }
  }

  /** Whether a column descends. */
  public boolean isDescending(int index) {
    return descending[index];
  }

  /** Appends the component of a column. */
  public void write(int index, byte[] value, ByteSink out) {
    int from = out.size();
    if (value.length == 0) {
      out.writeByte(EMPTY);
    } else {
      out.writeByte(VALUE);
      types.get(index).writeComparable(value, out);
    }
    if (descending[index]) {
      out.invertFrom(from);
    }
  }

  /** The key, or the prefix of one, of the values of the first columns. */
  public byte[] encode(List<byte[]> values) {
    ByteSink out = new ByteSink();
    for (int i = 0; i < values.size(); i++) {
      write(i, values.get(i), out);
    }
    return out.toByteArray();
  }

  /** The values of a key, one for each column. */
  public byte[][] decode(byte[] array, int offset, int length) {
    byte[][] values = new byte[types.size()][];
    ComparableReader in = new ComparableReader(array, offset, length);
    for (int i = 0; i < values.length && in.remaining() > 0; i++) {
      in.setInverted(descending[i]);
      values[i] = in.readByte() == EMPTY ? Values.EMPTY : types.get(i).readComparable(in);
    }
    return values;
  }

  /** The bound behind everything that begins with a prefix. */
  public static byte[] behind(byte[] prefix) {
    byte[] bound = java.util.Arrays.copyOf(prefix, prefix.length + 1);
    bound[prefix.length] = (byte) 0xff;
    return bound;
  }
}

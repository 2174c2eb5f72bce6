package io.ilion.protocol;

import io.ilion.model.type.Values;
import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;
import java.util.Arrays;
import java.util.List;

/**
 * The values bound to a statement: positional or named, each with a value, null or unset.
 *
 * <p>Each value is an array of its own, so that what stores it copies it no more. Who sends many
 * may instead have them all in one array in the form of the wire.
 */
public final class BoundValues {
  /** No values. */
  public static final BoundValues NONE = new BoundValues(new byte[0][], null);

  private static final int NULL = -1;
  private static final int UNSET = -2;

  /** Null for CQL's null, {@link Values#UNSET} itself for a value that was left unset. */
  private final byte[][] values;

  private final String[] names;

  /** The values in the form of the wire, in place of {@link #values}. */
  private final byte[] wire;

  private final int offset;
  private final int length;
  private final int count;

  private BoundValues(byte[][] values, String[] names) {
    this.values = values;
    this.names = names;
    this.count = values.length;
    this.wire = null;
    this.offset = 0;
    this.length = 0;
  }

  private BoundValues(int count, byte[] wire, int offset, int length) {
    this.values = null;
    this.names = null;
    this.count = count;
    this.wire = wire;
    this.offset = offset;
    this.length = length;
  }

  /** Returns positional values; null is CQL's null, {@link Values#UNSET} leaves one unset. */
  public static BoundValues of(List<byte[]> values) {
    return new BoundValues(values.toArray(byte[][]::new), null);
  }

  /** Returns positional values as above, in an array that the caller no longer changes. */
  public static BoundValues of(byte[][] values) {
    return values.length == 0 ? NONE : new BoundValues(values, null);
  }

  /**
   * Returns positional values that are in the form of the wire already: for each its length in four
   * bytes (-1 for null, -2 for unset) and its bytes. The array is not copied and has to stay as it
   * is.
   */
  public static BoundValues encoded(int count, byte[] array, int offset, int length) {
    if (count == 0) {
      return NONE;
    }
    BoundValues values = new BoundValues(count, array, offset, length);
    int end = offset;
    int met = 0;
    while (met < count && end <= offset + length - 4) {
      end = values.skip(end);
      met++;
    }
    if (met != count || end != offset + length) {
      throw new IllegalArgumentException("not " + count + " values in " + length + " bytes");
    }
    return values;
  }

  /** The place behind the value that begins at one. */
  private int skip(int at) {
    return at + 4 + Math.max(0, intAt(at));
  }

  private int intAt(int at) {
    return wire[at] << 24
        | (wire[at + 1] & 0xFF) << 16
        | (wire[at + 2] & 0xFF) << 8
        | (wire[at + 3] & 0xFF);
  }

  /** The place of a value in the form of the wire. */
  private int place(int index) {
    int at = offset;
    for (int i = 0; i < index; i++) {
      at = skip(at);
    }
    return at;
  }

  /** Returns named values, in the order given; names may repeat, the server decides. */
  public static BoundValues named(List<String> names, List<byte[]> values) {
    if (names.size() != values.size()) {
      throw new IllegalArgumentException("as many names as values");
    }
    return new BoundValues(values.toArray(byte[][]::new), names.toArray(String[]::new));
  }

  /** The number of values. */
  public int count() {
    return count;
  }

  /** Whether the values have names. */
  public boolean isNamed() {
    return names != null;
  }

  /** The index of the last value with this name, as it is written, or -1. */
  public int indexOf(String name) {
    for (int i = names == null ? -1 : names.length - 1; i >= 0; i--) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a value is CQL's null. */
  public boolean isNull(int index) {
    return wire == null ? values[index] == null : intAt(place(index)) == NULL;
  }

  /** Whether a value was left unset. */
  public boolean isUnset(int index) {
    return wire == null ? Values.isUnset(values[index]) : intAt(place(index)) == UNSET;
  }

  /**
   * A value, which is not to be changed; null for null and {@link Values#UNSET} itself for unset.
   */
  public byte[] get(int index) {
    if (wire == null) {
      return values[index];
    }
    int at = place(index);
    int size = intAt(at);
    if (size < 0) {
      return size == UNSET ? Values.UNSET : null;
    }
    return Arrays.copyOfRange(wire, at + 4, at + 4 + size);
  }

  /** Reads a count and so many values; moves the reader index behind them. */
  static BoundValues read(ByteBuf in, ProtocolVersion version, boolean named) {
    int count = Wire.checkCount(in, Wire.readUnsignedShort(in), named ? 6 : 4);
    if (count == 0) {
      return NONE;
    }
    byte[][] values = new byte[count][];
    String[] names = named ? new String[count] : null;
    for (int i = 0; i < count; i++) {
      if (named) {
        names[i] = readName(in);
      }
      if (in.readableBytes() < 4) {
        throw notEnough();
      }
      int length = checkLength(in.readInt(), version);
      if (length >= 0) {
        if (in.readableBytes() < length) {
          throw notEnough();
        }
        values[i] = Wire.read(in, length);
      } else if (length == UNSET) {
        values[i] = Values.UNSET;
      }
    }
    return new BoundValues(values, names);
  }

  private static String readName(ByteBuf in) {
    int length = in.readableBytes() < 2 ? 0 : in.readUnsignedShort();
    if (in.readableBytes() < length) {
      throw ProtocolException.recoverable(
          "Not enough bytes to read an UTF8 serialized string preceded by its 2 bytes length");
    }
    return in.readString(length, CharsetUtil.UTF_8);
  }

  private static ProtocolException notEnough() {
    return ProtocolException.recoverable(
        "Not enough bytes to read a value preceded by its 4 bytes length");
  }

  private static int checkLength(int length, ProtocolVersion version) {
    if (length >= NULL) {
      return length;
    }
    if (version == ProtocolVersion.V3) {
      return NULL;
    }
    if (length == UNSET) {
      return UNSET;
    }
    throw ProtocolException.recoverable("Invalid ByteBuf length " + length);
  }

  /** The bytes of values by position in the form of the wire, without their count. */
  int encodedBytes() {
    if (wire != null) {
      return length;
    }
    int bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += Integer.BYTES + (isNull(i) || isUnset(i) ? 0 : values[i].length);
    }
    return bytes;
  }

  /** Appends the count and the values. */
  void write(ByteBuf out) {
    Wire.writeCount(out, count());
    if (wire != null) {
      out.writeBytes(wire, offset, length);
      return;
    }
    for (int i = 0; i < count(); i++) {
      if (names != null) {
        Wire.writeString(out, names[i]);
      }
      byte[] value = values[i];
      if (isUnset(i)) {
        out.writeInt(UNSET);
      } else {
        Wire.writeBytes(out, value);
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof BoundValues that)
        || count() != that.count()
        || !Arrays.equals(names, that.names)) {
      return false;
    }
    for (int i = 0; i < count(); i++) {
      if (isUnset(i) != that.isUnset(i) || !Arrays.equals(get(i), that.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = Arrays.hashCode(names);
    for (int i = 0; i < count; i++) {
      hash = 31 * hash + Arrays.hashCode(get(i));
    }
    return hash;
  }

  @Override
  public String toString() {
    return "BoundValues[" + count() + (names == null ? "" : ", named") + "]";
  }
}

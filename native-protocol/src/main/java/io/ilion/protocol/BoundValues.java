package io.ilion.protocol;

import io.ilion.model.type.Values;
import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;
import java.util.Arrays;
import java.util.List;

/**
 * The values bound to a statement: positional or named, each with a value, null or unset.
 *
 * <p>Each value is an array of its own, so that what stores it copies it no more.
 */
public final class BoundValues {
  /** No values. */
  public static final BoundValues NONE = new BoundValues(new byte[0][], null);

  private static final int NULL = -1;
  private static final int UNSET = -2;

  /** Null for CQL's null, {@link Values#UNSET} itself for a value that was left unset. */
  private final byte[][] values;

  private final String[] names;

  private BoundValues(byte[][] values, String[] names) {
    this.values = values;
    this.names = names;
  }

  /** Returns positional values; null is CQL's null, {@link Values#UNSET} leaves one unset. */
  public static BoundValues of(List<byte[]> values) {
    return new BoundValues(values.toArray(byte[][]::new), null);
  }

  /** Returns positional values as above, in an array that the caller no longer changes. */
  public static BoundValues of(byte[][] values) {
    return values.length == 0 ? NONE : new BoundValues(values, null);
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
    return values.length;
  }

  /** Whether the values have names. */
  public boolean isNamed() {
    return names != null;
  }

  /** The name of a value; only when they have names. */
  public String name(int index) {
    return names[index];
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
    return values[index] == null;
  }

  /** Whether a value was left unset. */
  public boolean isUnset(int index) {
    return Values.isUnset(values[index]);
  }

  /**
   * A value, which is not to be changed; null for null and {@link Values#UNSET} itself for unset.
   */
  public byte[] get(int index) {
    return values[index];
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

  /** Appends the count and the values. */
  void write(ByteBuf out) {
    Wire.writeCount(out, count());
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
      if (isUnset(i) != that.isUnset(i) || !Arrays.equals(values[i], that.values[i])) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(names) + Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return "BoundValues[" + count() + (names == null ? "" : ", named") + "]";
  }
}

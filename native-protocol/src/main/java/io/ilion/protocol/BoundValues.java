package io.ilion.protocol;

import io.ilion.model.type.Values;
import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The values bound to a statement: positional or named, each with a value, null or unset.
 *
 * <p>The values of a request stay together in one array, as they came, so that reading a request
 * costs one copy whatever the number of values; {@link #array}, {@link #offset} and {@link #length}
 * give a value without copying it.
 */
public final class BoundValues {
  /** No values. */
  public static final BoundValues NONE = new BoundValues(new byte[0], new int[0], null);

  private static final int NULL = -1;
  private static final int UNSET = -2;

  private final byte[] array;

  /** For each value its offset, then its length, which may be {@link #NULL} or {@link #UNSET}. */
  private final int[] spans;

  private final String[] names;

  private BoundValues(byte[] array, int[] spans, String[] names) {
    this.array = array;
    this.spans = spans;
    this.names = names;
  }

  /** Returns positional values; null is CQL's null, {@link Values#UNSET} leaves one unset. */
  public static BoundValues of(List<byte[]> values) {
    return build(null, values);
  }

  /** Returns named values, in the order given; names may repeat, the server decides. */
  public static BoundValues named(List<String> names, List<byte[]> values) {
    if (names.size() != values.size()) {
      throw new IllegalArgumentException("as many names as values");
    }
    return build(names.toArray(String[]::new), values);
  }

  private static BoundValues build(String[] names, List<byte[]> values) {
    int total = 0;
    for (byte[] value : values) {
      total = Math.addExact(total, value == null ? 0 : value.length);
    }
    byte[] array = new byte[total];
    int[] spans = new int[2 * values.size()];
    int at = 0;
    for (int i = 0; i < values.size(); i++) {
      byte[] value = values.get(i);
      spans[2 * i] = at;
      if (value == null) {
        spans[2 * i + 1] = NULL;
      } else if (Values.isUnset(value)) {
        spans[2 * i + 1] = UNSET;
      } else {
        spans[2 * i + 1] = value.length;
        System.arraycopy(value, 0, array, at, value.length);
        at += value.length;
      }
    }
    return new BoundValues(array, spans, names);
  }

  /** The number of values. */
  public int count() {
    return spans.length >> 1;
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
    return spans[2 * index + 1] == NULL;
  }

  /** Whether a value was left unset. */
  public boolean isUnset(int index) {
    return spans[2 * index + 1] == UNSET;
  }

  /** The array that holds all values, not to be changed. */
  public byte[] array() {
    return array;
  }

  /** Where a value begins in {@link #array}. */
  public int offset(int index) {
    return spans[2 * index];
  }

  /** The number of bytes of a value, negative when it is null or unset. */
  public int length(int index) {
    return spans[2 * index + 1];
  }

  /** A copy of a value; null for null and {@link Values#UNSET} for unset. */
  public byte[] get(int index) {
    int length = spans[2 * index + 1];
    return switch (length) {
      case NULL -> null;
      case UNSET -> Values.UNSET;
      default -> Arrays.copyOfRange(array, spans[2 * index], spans[2 * index] + length);
    };
  }

  /** Reads a count and so many values; moves the reader index behind them. */
  static BoundValues read(ByteBuf in, ProtocolVersion version, boolean named) {
    int count = Wire.checkCount(in, Wire.readUnsignedShort(in), named ? 6 : 4);
    if (count == 0) {
      return NONE;
    }
    int start = in.readerIndex();
    int[] spans = new int[2 * count];
    String[] names = named ? new String[count] : null;
    int at = start;
    int end = in.writerIndex();
    for (int i = 0; i < count; i++) {
      if (named) {
        int nameLength = end - at < 2 ? 0 : in.getUnsignedShort(at);
        if (end - at < 2 + nameLength) {
          throw ProtocolException.recoverable(
              "Not enough bytes to read an UTF8 serialized string preceded by its 2 bytes length");
        }
        names[i] = in.toString(at + 2, nameLength, CharsetUtil.UTF_8);
        at += 2 + nameLength;
      }
      if (end - at < 4) {
        throw notEnough();
      }
      int length = in.getInt(at);
      at += 4;
      spans[2 * i] = at - start;
      spans[2 * i + 1] = checkLength(length, version);
      if (length > 0) {
        if (end - at < length) {
          throw notEnough();
        }
        at += length;
      }
    }
    return new BoundValues(Wire.read(in, at - start), spans, names);
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
      int length = spans[2 * i + 1];
      out.writeInt(length);
      if (length > 0) {
        out.writeBytes(array, spans[2 * i], length);
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
      if (length(i) != that.length(i)) {
        return false;
      }
      if (length(i) > 0 && !Arrays.equals(get(i), that.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = Objects.hash(count(), Arrays.hashCode(names));
    for (int i = 0; i < count(); i++) {
      hash = 31 * hash + length(i);
    }
    return hash;
  }

  @Override
  public String toString() {
    return "BoundValues[" + count() + (names == null ? "" : ", named") + "]";
  }
}

package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.util.Arrays;

/**
 * The formats of UUIDs. The order of timeuuid is by time, then by the rest as signed bytes; of uuid
 * by version, then, for version 1, by time: Cassandra's orders.
 */
final class UuidFormats {
  static final Format UUID = new Uuid(false);
  static final Format TIMEUUID = new Uuid(true);
  private static final long SIGNS = 0x8080808080808080L;

  private UuidFormats() {}

  /** The time fields of a version 1 UUID, most significant first (its own inverse is below). */
  private static long byTime(long high) {
    return (high << 48) | ((high << 16) & 0xFFFF00000000L) | (high >>> 32);
  }

  private static long fromTime(long ordered) {
    return (ordered << 32) | ((ordered >>> 16) & 0xFFFF0000L) | (ordered >>> 48);
  }

  private record Uuid(boolean time) implements Format {
    @Override
    public void validate(byte[] value) {
      NumberFormats.expectLength(value, 16, "UUID should be 16 or 0 bytes (%d)");
      if (time && (value[6] & 0xf0) != 0x10) {
        throw CqlException.invalid("Invalid version for TimeUUID type: 0x1");
      }
    }

    @Override
    public Object decode(byte[] value) {
      return new java.util.UUID(Bytes.getLong(value, 0), Bytes.getLong(value, 8));
    }

    @Override
    public byte[] encode(Object value) {
      java.util.UUID uuid = (java.util.UUID) value;
      byte[] bytes = new byte[16];
      Bytes.putLong(bytes, 0, uuid.getMostSignificantBits());
      Bytes.putLong(bytes, 8, uuid.getLeastSignificantBits());
      return bytes;
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      ByteSink left = new ByteSink(20);
      ByteSink right = new ByteSink(20);
      writeComparable(a, left);
      writeComparable(b, right);
      return Arrays.compareUnsigned(left.array(), 0, left.size(), right.array(), 0, right.size());
    }

    @Override
    public String text(byte[] value) {
      return decode(value).toString();
    }

    @Override
    public byte[] parse(String text) {
      if (text.length() == 36
          && text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
        byte[] value = encode(java.util.UUID.fromString(text));
        if (time && (value[6] & 0xf0) != 0x10) {
          throw CqlException.invalid("TimeUUID supports only version 1 UUIDs");
        }
        return value;
      }
      throw time
          ? CqlException.invalid("Unknown timeuuid representation: %s", text)
          : CqlException.invalid("Unable to make UUID from '%s'", text);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw CqlException.invalid(
          "Expected a string representation of a %s, but got a %s: %s",
          time ? "timeuuid" : "uuid", parsed.getClass().getSimpleName(), parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + text(value) + '"';
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      long high = Bytes.getLong(value, 0);
      long low = Bytes.getLong(value, 8);
      if (time) {
        out.writeLong(byTime(high));
        out.writeLong(low ^ SIGNS);
      } else {
        int version = (value[6] >>> 4) & 0xf;
        out.writeByte(version + 2);
        out.writeLong(version == 1 ? byTime(high) : high);
        out.writeLong(low);
      }
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      byte[] value = new byte[16];
      if (time) {
        Bytes.putLong(value, 0, fromTime(in.readLong()));
        Bytes.putLong(value, 8, in.readLong() ^ SIGNS);
      } else {
        int version = in.readByte() - 2;
        long high = in.readLong();
        Bytes.putLong(value, 0, version == 1 ? fromTime(high) : high);
        Bytes.putLong(value, 8, in.readLong());
      }
      return value;
    }
  }
}

package io.ilion.model.type;

/** The paths of the cells of multi-cell columns; the bytes sort as the elements do. */
public final class CellPath {
  private static final int EMPTY = 0x10;
  private static final int VALUE = 0x20;

  private CellPath() {}

  /** The path of a map key, a set element or a list position (a timeuuid). */
  public static byte[] ofKey(CqlType type, byte[] key) {
    ByteSink out = new ByteSink(key.length + 8);
    if (key.length == 0) {
      out.writeByte(EMPTY);
    } else {
      out.writeByte(VALUE);
      type.writeComparable(key, out);
    }
    return out.toByteArray();
  }

  /** The key, element or position of a path. */
  public static byte[] key(CqlType type, byte[] path, int offset, int length) {
    ComparableReader in = new ComparableReader(path, offset, length);
    return in.readByte() == EMPTY ? Values.EMPTY : type.readComparable(in);
  }

  /** The path of the field of a UDT by its index. */
  public static byte[] ofField(int index) {
    return new byte[] {(byte) (index >>> 8), (byte) index};
  }

  /** The index of the field of a path. */
  public static int field(byte[] path, int offset) {
    return (path[offset] & 0xff) << 8 | (path[offset + 1] & 0xff);
  }
}

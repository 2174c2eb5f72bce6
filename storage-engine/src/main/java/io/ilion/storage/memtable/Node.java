package io.ilion.storage.memtable;

import io.ilion.model.data.Bytes;
import java.util.Arrays;

/**
 * A partition or row in an {@link Arena}, known by its address:
 *
 * <pre>
 *   0   8  content: of a row the address of its newest image ({@link MemRow}), of a partition what
 *          {@link MemPartition} says
 *   8   4  length of the key
 *   12     the key
 * </pre>
 *
 * Only the content changes.
 */
final class Node {
  private static final int KEY_LENGTH = 8;
  private static final int KEY = 12;

  private Node() {}

  /** Makes a node without content; returns its address. */
  static long create(Arena arena, byte[] key, int offset, int length) {
    long node = arena.take(KEY + length);
    byte[] array = arena.array(node);
    int at = Arena.offset(node);
    Bytes.putLong(array, at, 0);
    Bytes.putInt(array, at + KEY_LENGTH, length);
    System.arraycopy(key, offset, array, at + KEY, length);
    return node;
  }

  static long content(Arena arena, long node) {
    return Bytes.getLong(arena.array(node), Arena.offset(node));
  }

  static void setContent(Arena arena, long node, long content) {
    Bytes.putLong(arena.array(node), Arena.offset(node), content);
  }

  /** Where the key begins in the node's array. */
  static int keyOffset(long node) {
    return Arena.offset(node) + KEY;
  }

  static int keyLength(Arena arena, long node) {
    return Bytes.getInt(arena.array(node), Arena.offset(node) + KEY_LENGTH);
  }

  /** Compares a node's key with another by unsigned bytes. */
  static int compareKey(Arena arena, long node, byte[] other, int offset, int length) {
    byte[] array = arena.array(node);
    int start = Arena.offset(node) + KEY;
    int end = start + Bytes.getInt(array, start - KEY + KEY_LENGTH);
    return Arrays.compareUnsigned(array, start, end, other, offset, offset + length);
  }
}

package io.ilion.cql.restrict;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The values of an IN that rows are looked up in, however many they are: a million of them compared
 * with each row would hold a lane for seconds.
 */
final class ValueSet {
  /** Values of these are equal only if their bytes are. */
  private static final Set<Kind> EQUAL_AS_BYTES =
      EnumSet.of(
          Kind.ASCII,
          Kind.TEXT,
          Kind.BLOB,
          Kind.INT,
          Kind.BIGINT,
          Kind.SMALLINT,
          Kind.TINYINT,
          Kind.UUID,
          Kind.TIMEUUID,
          Kind.TIMESTAMP,
          Kind.DATE,
          Kind.TIME,
          Kind.INET);

  private static final int FEW = 16;

  private final CqlType type;
  private final byte[][] values;

  /** Open addressing: the index of a value plus one, or 0; null where values are sorted instead. */
  private final int[] table;

  ValueSet(CqlType type, List<byte[]> all) {
    this.type = type;
    values = all.toArray(new byte[0][]);
    if (values.length <= FEW) {
      table = null;
    } else if (EQUAL_AS_BYTES.contains(type.kind())) {
      table = new int[Integer.highestOneBit(values.length) << 2];
      for (int i = 0; i < values.length; i++) {
        int slot = slot(values[i]);
        if (table[slot] == 0) {
          table[slot] = i + 1;
        }
      }
    } else {
      table = null;
      Arrays.sort(values, type::compare);
    }
  }

  /** Where a value stands, or belongs. */
  private int slot(byte[] value) {
    int hash = Arrays.hashCode(value) * 0x9E3779B9;
    int slot = (hash ^ hash >>> 16) & (table.length - 1);
    while (table[slot] != 0 && !Arrays.equals(values[table[slot] - 1], value)) {
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }

  boolean contains(byte[] value) {
    if (table != null) {
      return table[slot(value)] != 0;
    }
    if (values.length > FEW) {
      return Arrays.binarySearch(values, value, type::compare) >= 0;
    }
    for (byte[] one : values) {
      if (type.compare(value, one) == 0) {
        return true;
      }
    }
    return false;
  }
}

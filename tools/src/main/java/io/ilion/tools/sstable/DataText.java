package io.ilion.tools.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What is stored, as text. A file knows no types: bytes are shown in hexadecimal digits, and as
 * text beside that where all of them can be printed. Columns have their numbers.
 */
final class DataText {
  private static final int LONGEST = 64;

  private DataText() {}

  static String bytes(byte[] array, int offset, int length) {
    if (length == 0) {
      return "''";
    }
    int shown = Math.min(length, LONGEST);
    String hex = "0x" + HexFormat.of().formatHex(array, offset, offset + shown);
    if (length > shown) {
      hex += "... (" + length + " bytes)";
    }
    for (int i = offset; i < offset + length; i++) {
      if (array[i] < ' ' || array[i] > '~') {
        return hex;
      }
    }
    return hex
        + " '"
        + new String(array, offset, shown, StandardCharsets.US_ASCII)
        + (length > shown ? "..." : "")
        + "'";
  }

  static String bytes(byte[] array) {
    return bytes(array, 0, array.length);
  }

  static String deletion(Deletion deletion) {
    return deletion.isNone()
        ? "none"
        : "@" + deletion.timestamp() + " deleted " + Instant.ofEpochSecond(deletion.localSeconds());
  }

  /** A row behind its key: liveness, deletion, cells. */
  static String row(RowReader row) {
    StringBuilder text = new StringBuilder();
    if (row.hasLiveness()) {
      text.append(" live @").append(row.livenessTimestamp());
      if (row.livenessTtl() > 0) {
        text.append(" ttl ").append(row.livenessTtl());
        text.append(" expires ").append(Instant.ofEpochSecond(row.livenessExpiresAt()));
      }
    }
    if (row.hasDeletion()) {
      text.append(" deletion ")
          .append(deletion(new Deletion(row.deletionTimestamp(), row.deletionLocalSeconds())));
    }
    while (row.nextCell()) {
      text.append(" [").append(row.column());
      if (row.hasPath()) {
        byte[] path = row.path();
        text.append('/').append(HexFormat.of().formatHex(path));
      }
      if (row.isTombstone() || row.isColumnDeletion()) {
        text.append(" deleted ").append(Instant.ofEpochSecond(row.localDeletionSeconds()));
      } else {
        byte[] value =
            Arrays.copyOfRange(
                row.array(), row.valueOffset(), row.valueOffset() + row.valueLength());
        text.append(row.isCounter() ? " counter " : " ").append(bytes(value));
      }
      text.append(" @").append(row.timestamp());
      if (row.isExpiring()) {
        text.append(" ttl ").append(row.ttl());
        text.append(" expires ").append(Instant.ofEpochSecond(row.expiresAt()));
      }
      text.append(']');
    }
    return text.toString();
  }
}

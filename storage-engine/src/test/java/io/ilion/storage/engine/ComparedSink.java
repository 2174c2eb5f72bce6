package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;
import java.util.Arrays;
import java.util.HexFormat;

/** Keeps all that a read of one row gives, as replicas compare it. */
final class ComparedSink implements RowSink {
  private final StringBuilder answer = new StringBuilder();
  private String head;
  private String key;
  private byte[] image;
  private boolean over;

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    head = token + " " + HexFormat.of().formatHex(partitionKey) + " ";
    answer.append(head).append(deletion);
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    answer.append(" static ").append(HexFormat.of().formatHex(row.image()));
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    key = HexFormat.of().formatHex(keyArray, keyOffset, keyOffset + keyLength);
    image = row.image();
    answer.append(" row ").append(key).append(' ').append(HexFormat.of().formatHex(image));
    return true;
  }

  @Override
  public boolean wantsMarkers() {
    return true;
  }

  @Override
  public boolean marker(RowCursor at) {
    answer.append(" marker ").append(at.before()).append(' ').append(at.after());
    return true;
  }

  @Override
  public void finished() {
    over = true;
  }

  @Override
  public void failed(Throwable cause) {
    throw new AssertionError("the read failed", cause);
  }

  boolean isOver() {
    return over;
  }

  String answer() {
    return answer.toString();
  }

  /** What should be given of this if no more than what settles the row is. */
  String settled(int[] columns) {
    if (image == null) {
      return answer();
    }
    RowReader row = new RowReader().wrap(image);
    if (!row.hasLiveness() || row.livenessTtl() != 0) {
      return answer();
    }
    RowWriter some = new RowWriter().liveness(row.livenessTimestamp());
    int values = 0;
    while (row.nextCell()) {
      if (Arrays.binarySearch(columns, row.column()) >= 0 && !row.isTombstone()) {
        values += row.isExpiring() ? 0 : 1;
        some.copy(row);
      }
    }
    return values < columns.length
        ? answer()
        : head + Deletion.NONE + " row " + key + " " + HexFormat.of().formatHex(some.toByteArray());
  }
}

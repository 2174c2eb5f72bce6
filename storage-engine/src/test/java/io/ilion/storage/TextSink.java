package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Collects what a read finds as the lines that {@link NaiveStore} would write. */
public final class TextSink implements RowSink {
  private final List<String> lines = new ArrayList<>();
  private boolean over;
  private Throwable failure;

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    lines.add(NaiveStore.partitionLine(token, partitionKey, deletion));
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    lines.add("static" + NaiveStore.rowText(row));
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    lines.add(
        "row "
            + HexFormat.of().formatHex(keyArray, keyOffset, keyOffset + keyLength)
            + NaiveStore.rowText(row));
    return true;
  }

  @Override
  public void finished() {
    over = true;
  }

  @Override
  public void failed(Throwable cause) {
    over = true;
    failure = cause;
  }

  /** Whether the read ended. */
  public boolean isOver() {
    return over;
  }

  /** Why it failed, or null. */
  public Throwable failure() {
    return failure;
  }

  /** The lines of a read that ended well. */
  public List<String> lines() {
    if (!over || failure != null) {
      throw new AssertionError("the read did not end well", failure);
    }
    return lines;
  }
}

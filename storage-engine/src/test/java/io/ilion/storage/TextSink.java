package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Collects what a read finds as the lines that {@link NaiveStore} would write. */
public final class TextSink implements RowSink {
  private final long now;
  private final int rowsOfPartition;
  private final List<String> lines = new ArrayList<>();
  private String head;
  private int rows;
  private boolean over;
  private Throwable failure;

  /** Takes everything. */
  public TextSink() {
    this(NaiveStore.EVERYTHING, Integer.MAX_VALUE);
  }

  /**
   * Takes what is seen at a time.
   *
   * @param now in seconds, or {@link NaiveStore#EVERYTHING}
   * @param rowsOfPartition the most rows that are wanted of each partition
   */
  public TextSink(long now, int rowsOfPartition) {
    this.now = now;
    this.rowsOfPartition = rowsOfPartition;
  }

  /** What a sink with a limit takes of these lines. */
  public static List<String> limited(List<String> lines, int rowsOfPartition) {
    List<String> taken = new ArrayList<>();
    int rows = 0;
    for (String line : lines) {
      rows = line.startsWith("row") ? rows + 1 : 0;
      if (rows <= rowsOfPartition) {
        taken.add(line);
      }
    }
    return taken;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    boolean all = now == NaiveStore.EVERYTHING;
    head = NaiveStore.partitionLine(token, partitionKey, all ? deletion : Deletion.NONE);
    rows = 0;
    if (all) {
      add("");
    }
    return true;
  }

  private void add(String line) {
    if (head != null) {
      lines.add(head);
      head = null;
    }
    if (!line.isEmpty()) {
      lines.add(line);
    }
  }

  @Override
  public boolean staticRow(RowReader row) {
    String text = NaiveStore.rowText(row, now);
    if (text != null) {
      add("static" + text);
    }
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    String text = NaiveStore.rowText(row, now);
    if (text != null) {
      add("row " + HexFormat.of().formatHex(keyArray, keyOffset, keyOffset + keyLength) + text);
      rows++;
    }
    return rows < rowsOfPartition;
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

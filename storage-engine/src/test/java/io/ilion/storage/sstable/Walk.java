package io.ilion.storage.sstable;

import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What a source says, as text to compare. */
final class Walk {
  private Walk() {}

  /** Everything that a source says, markers too. */
  static List<String> lines(
      SimulatedWorld world, PartitionCursor source, Slices slices, boolean reversed) {
    List<String> lines = new ArrayList<>();
    if (source == null) {
      return lines;
    }
    try (MergeCursor cursor = new MergeCursor(List.of(source), true)) {
      while (true) {
        PartitionCursor.Step step = cursor.next();
        if (step == PartitionCursor.Step.BLOCKED) {
          boolean[] there = new boolean[1];
          cursor.awaitBlock(() -> there[0] = true);
          world.until(() -> there[0]);
          continue;
        }
        if (step == PartitionCursor.Step.END) {
          return lines;
        }
        byte[] fixed = cursor.staticRow();
        lines.add(
            cursor.token()
                + " "
                + cursor.partitionDeletion()
                + (fixed == null ? "" : HexFormat.of().formatHex(fixed)));
        RowCursor rows = cursor.rows(slices, reversed);
        RowCursor.Step at = rows.next();
        while (at != RowCursor.Step.END) {
          if (at == RowCursor.Step.BLOCKED) {
            boolean[] there = new boolean[1];
            rows.awaitBlock(() -> there[0] = true);
            world.until(() -> there[0]);
          } else {
            int from = rows.keyOffset();
            String name = HexFormat.of().formatHex(rows.keyArray(), from, from + rows.keyLength());
            lines.add(
                at == RowCursor.Step.MARKER
                    ? name + " " + rows.before() + " -> " + rows.after()
                    : name
                        + "="
                        + Arrays.hashCode(
                            Arrays.copyOfRange(
                                rows.imageArray(),
                                rows.imageOffset(),
                                rows.imageOffset() + rows.imageLength())));
          }
          at = rows.next();
        }
      }
    }
  }
}

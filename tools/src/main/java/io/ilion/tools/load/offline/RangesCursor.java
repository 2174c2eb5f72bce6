package io.ilion.tools.load.offline;

import io.ilion.model.ring.TokenRange;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.SuccessiveCursor;
import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The partitions of some ranges, merged from several files; one range is open at a time. */
final class RangesCursor extends SuccessiveCursor {
  private final List<TableFile> files;
  private final Iterator<TokenRange> ranges;

  /**
   * A cursor over files that nobody has to wait for.
   *
   * @param ranges in order; none wraps
   */
  RangesCursor(List<TableFile> files, List<TokenRange> ranges) {
    this.files = files;
    this.ranges = ranges.iterator();
  }

  @Override
  protected PartitionCursor nextSource() {
    return ranges.hasNext() ? open(ranges.next()) : null;
  }

  private PartitionCursor open(TokenRange range) {
    // The smallest number is no token, so that a range may begin behind it.
    PartitionRange wanted = new PartitionRange(range.start() + 1, null, true, range.end());
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile file : files) {
      PartitionCursor cursor = file.scan(wanted, Slices.ALL, null);
      if (cursor != null) {
        cursors.add(cursor);
      }
    }
    return new MergeCursor(cursors, true);
  }
}

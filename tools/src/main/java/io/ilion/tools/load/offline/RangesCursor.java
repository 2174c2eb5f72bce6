package io.ilion.tools.load.offline;

import io.ilion.model.data.Deletion;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The partitions of some ranges, merged from several files; one range is open at a time. */
final class RangesCursor implements PartitionCursor {
  private final List<TableFile> files;
  private final Iterator<TokenRange> ranges;
  private PartitionCursor current = new MergeCursor(List.of(), true);

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
  public Step next() {
    Step step = current.next();
    while (step == Step.END && ranges.hasNext()) {
      current.close();
      current = open(ranges.next());
      step = current.next();
    }
    return step;
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

  @Override
  public void awaitBlock(Runnable resume) {
    current.awaitBlock(resume);
  }

  @Override
  public long token() {
    return current.token();
  }

  @Override
  public byte[] partitionKey() {
    return current.partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return current.partitionDeletion();
  }

  @Override
  public byte[] staticRow() {
    return current.staticRow();
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return current.rows(slices, reversed);
  }

  @Override
  public void close() {
    current.close();
  }
}

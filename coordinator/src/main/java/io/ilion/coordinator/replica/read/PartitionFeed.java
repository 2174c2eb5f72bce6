package io.ilion.coordinator.replica.read;

import io.ilion.model.data.RowReader;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;

/**
 * Gives partitions to a sink as the storage engine would, one after the other; a partition may come
 * in several parts.
 */
final class PartitionFeed {
  private final RowSink sink;
  private final boolean markers;
  private final RowReader row = new RowReader();
  private boolean announced;
  private boolean declined;

  PartitionFeed(RowSink sink) {
    this.sink = sink;
    this.markers = sink.wantsMarkers();
  }

  /** Begins a partition; true if the sink wants its rows. */
  boolean begin(AnswerPartition partition) {
    announced = false;
    declined = false;
    if (partition.staticRow == null && partition.deletion.isNone()) {
      return true;
    }
    return announce(partition)
        && (partition.staticRow == null || sink.staticRow(row.wrap(partition.staticRow)));
  }

  /** Gives rows and markers of the partition; false as soon as the sink wants no more of it. */
  boolean give(AnswerPartition partition) {
    RowCursor rows = partition.cursor();
    while (true) {
      RowCursor.Step step = rows.next();
      if (step == RowCursor.Step.ROW) {
        row.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
        if (!announce(partition)
            || !sink.row(rows.keyArray(), rows.keyOffset(), rows.keyLength(), row)) {
          return false;
        }
      } else if (step == RowCursor.Step.MARKER && !markers) {
        sink.deletionMarker(partition.token, partition.key);
      } else if (step == RowCursor.Step.MARKER) {
        if (!announce(partition) || !sink.marker(rows)) {
          return false;
        }
      } else {
        return true;
      }
    }
  }

  private boolean announce(AnswerPartition partition) {
    if (!announced) {
      announced = true;
      declined = !sink.partition(partition.token, partition.key, partition.deletion);
    }
    return !declined;
  }

  /**
   * Gives rows and markers of a partition that was announced to a sink that wants both; false as
   * soon as it wants no more.
   */
  static boolean give(RowCursor rows, RowSink sink) {
    RowReader row = new RowReader();
    while (true) {
      RowCursor.Step step = rows.next();
      if (step == RowCursor.Step.ROW) {
        row.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
        if (!sink.row(rows.keyArray(), rows.keyOffset(), rows.keyLength(), row)) {
          return false;
        }
      } else if (step != RowCursor.Step.MARKER) {
        return true;
      } else if (!sink.marker(rows)) {
        return false;
      }
    }
  }

  /** Ends the partition; false if the sink wants no more partitions. */
  boolean end() {
    return !announced || declined || sink.endOfPartition();
  }
}

package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;

/**
 * One read under way on its lane. It runs until it ends, until a block is missing (then it resumes
 * when the block is there), or until it has had its turn (then it goes to the end of the queue).
 */
final class ReadTask implements Runnable {
  /** Steps in one turn; a step takes about a microsecond. */
  private static final int TURN_STEPS = 512;

  private final Lane lane;
  private final ReadCommand command;
  private final PartitionCursor cursor;
  private final RowSink sink;
  private final Runnable release;
  private final boolean markers;
  private final RowReader row = new RowReader();
  private RowCursor rows;
  private boolean announced;

  /**
   * Prepares a read.
   *
   * @param release is run once when the read is over
   */
  ReadTask(Lane lane, ReadCommand command, PartitionCursor cursor, RowSink sink, Runnable release) {
    this.lane = lane;
    this.command = command;
    this.cursor = cursor;
    this.sink = sink;
    this.release = release;
    this.markers = sink.wantsMarkers();
  }

  @Override
  public void run() {
    Throwable failure = null;
    try {
      if (!walk()) {
        return;
      }
    } catch (Throwable t) {
      failure = t;
    }
    cursor.close();
    release.run();
    if (failure == null) {
      sink.finished();
    } else {
      sink.failed(failure);
    }
  }

  /** Walks on; true when the read is over. */
  private boolean walk() {
    for (int step = 0; step < TURN_STEPS; step++) {
      if (rows == null) {
        PartitionCursor.Step at = cursor.next();
        if (at == PartitionCursor.Step.END) {
          return true;
        }
        if (at == PartitionCursor.Step.BLOCKED) {
          cursor.awaitBlock(this);
          return false;
        }
        if (!beginPartition()) {
          return true;
        }
      } else {
        RowCursor.Step at = rows.next();
        if (at == RowCursor.Step.BLOCKED) {
          rows.awaitBlock(this);
          return false;
        }
        if (at == RowCursor.Step.ROW) {
          if (!giveRow()) {
            return true;
          }
        } else if (at == RowCursor.Step.MARKER) {
          if (!giveMarker()) {
            return true;
          }
        } else if (at == RowCursor.Step.END) {
          rows = null;
          if (announced && !sink.endOfPartition()) {
            return true;
          }
        }
      }
    }
    lane.continueLater(this);
    return false;
  }

  /** False if the read is over. */
  private boolean beginPartition() {
    announced = false;
    Deletion deletion = cursor.partitionDeletion();
    byte[] staticRow = cursor.staticRow();
    if (staticRow != null || !deletion.isNone()) {
      if (!announce()) {
        return true;
      }
      if (staticRow != null && !sink.staticRow(row.wrap(staticRow))) {
        return sink.endOfPartition();
      }
    }
    rows = cursor.rows(command.slices(), command.reversed());
    return true;
  }

  private boolean announce() {
    announced = true;
    return sink.partition(cursor.token(), cursor.partitionKey(), cursor.partitionDeletion());
  }

  /** False if the read is over. */
  private boolean giveMarker() {
    if (!markers) {
      sink.deletionMarker(cursor.token(), cursor.partitionKey());
      return true;
    }
    if (!announced && !announce()) {
      rows = null;
      return true;
    }
    if (!sink.marker(rows)) {
      rows = null;
      return sink.endOfPartition();
    }
    return true;
  }

  /** False if the read is over. */
  private boolean giveRow() {
    if (!announced && !announce()) {
      rows = null;
      return true;
    }
    row.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
    if (!sink.row(rows.keyArray(), rows.keyOffset(), rows.keyLength(), row)) {
      rows = null;
      return sink.endOfPartition();
    }
    return true;
  }
}

package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;

/** Reads rows of a table in which nothing but cells is ever written. */
final class ReplicaRows {
  private ReplicaRows() {}

  static void read(LaneAccess lanes, PaxosKey key, Slices slices, PartitionRows.Callback callback) {
    UpdateWriter update = new UpdateWriter().begin(key.table(), key.bytes());
    lanes
        .store(lanes.laneOf(key.token()))
        .read(
            ReadCommand.partition(key.table(), key.bytes(), key.token(), slices, false),
            new RowSink() {
              @Override
              public boolean row(byte[] array, int offset, int length, RowReader row) {
                RowWriter copy = update.rowWriter();
                while (row.nextCell()) {
                  copy.copy(row);
                }
                update.row(array, offset, length);
                return true;
              }

              @Override
              public void finished() {
                callback.done(update.isEmpty() ? new byte[0] : update.toByteArray(), null);
              }

              @Override
              public void failed(Throwable cause) {
                callback.done(null, cause);
              }
            });
  }
}

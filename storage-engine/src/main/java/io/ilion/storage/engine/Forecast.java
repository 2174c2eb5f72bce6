package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.TableFile;
import io.ilion.storage.memtable.Memtable;

/** Finds what a read would look into. Of one lane, and for one command. */
final class Forecast {
  private final ReadCommand command;
  private final Lane lane;
  private int memtables;
  private int files;
  private int passed;
  private double partitions;
  private double rows;
  private long bytes;
  private long cells;
  private long deletions;

  private Forecast(ReadCommand command, Lane lane) {
    this.command = command;
    this.lane = lane;
  }

  /** What a read would look into; on the lane that has the table. */
  static ReadForecast of(LaneTable table, ReadCommand command, Lane lane) {
    Forecast forecast = new Forecast(command, lane);
    forecast.add(table.active());
    table.frozen().forEach(forecast::add);
    for (TableFile file : table.files()) {
      forecast.add(file);
    }
    return new ReadForecast(
        forecast.memtables,
        forecast.files,
        forecast.passed,
        Math.round(Math.ceil(forecast.partitions)),
        Math.round(Math.ceil(forecast.rows)),
        forecast.bytes,
        forecast.cells,
        forecast.deletions);
  }

  private void add(Memtable memtable) {
    PartitionCursor cursor =
        command.partitionKey() == null
            ? memtable.isEmpty() ? null : memtable.scan(command.range())
            : memtable.partition(command.token(), command.partitionKey());
    if (cursor != null) {
      cursor.close();
      memtables++;
    }
  }

  private void add(TableFile file) {
    file.retain();
    try {
      PartitionCursor cursor =
          command.partitionKey() == null
              ? file.scan(command.range(), command.slices(), lane)
              : file.partition(command.token(), command.partitionKey(), command.slices(), lane);
      if (cursor == null) {
        passed++;
        return;
      }
      cursor.close();
      double part =
          command.partitionKey() == null
              ? share(file, command.range())
              : 1.0 / Math.max(1, file.partitions());
      files++;
      partitions += part * file.partitions();
      rows += part * file.rows();
      bytes += file.bytes();
      cells += file.cells();
      deletions += file.tombstones();
    } finally {
      file.release();
    }
  }

  /** How much of a file lies in a range, if its tokens are spread evenly. */
  private static double share(TableFile file, PartitionRange range) {
    double first = Math.max(file.firstToken(), range.startToken());
    double last = Math.min(file.lastToken(), range.endToken());
    double width = (double) file.lastToken() - file.firstToken();
    return width <= 0 ? 1 : Math.clamp((last - first) / width, 0.0, 1.0);
  }
}

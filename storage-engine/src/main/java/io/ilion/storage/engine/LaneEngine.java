package io.ilion.storage.engine;

import io.ilion.model.data.UpdateReader;
import io.ilion.runtime.Lane;
import io.ilion.storage.LaneStore;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.TableOptions;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What one lane owns of the data. Every method but the constructor runs on the lane. */
final class LaneEngine implements LaneStore {
  private final Lane lane;
  private final Map<UUID, LaneTable> tables = new HashMap<>();
  private final UpdateReader reader = new UpdateReader();
  private long lastHigh;
  private long lastLow;
  private LaneTable lastTable;

  LaneEngine(Lane lane) {
    this.lane = lane;
  }

  Lane lane() {
    return lane;
  }

  void putTable(TableOptions options, LaneTable table) {
    LaneTable present = tables.putIfAbsent(options.id(), table);
    if (present != null) {
      present.setOptions(options);
    }
  }

  void dropTable(UUID id) {
    tables.remove(id);
    lastTable = null;
  }

  void truncate(UUID id) {
    LaneTable table = tables.get(id);
    if (table != null) {
      table.clear();
    }
  }

  private LaneTable table(long high, long low) {
    if (lastTable == null || high != lastHigh || low != lastLow) {
      lastTable = tables.get(new UUID(high, low));
      lastHigh = high;
      lastLow = low;
    }
    return lastTable;
  }

  @Override
  public void apply(long token, byte[] update, WriteCallback done) {
    LaneTable table;
    try {
      reader.wrap(update);
      table = table(reader.tableIdHigh(), reader.tableIdLow());
      if (table == null) {
        throw new UnknownTableException(reader.tableId());
      }
      table.grew(table.active().apply(token, reader, update.length, 0));
    } catch (RuntimeException e) {
      done.done(e);
      return;
    }
    done.done(null);
  }

  @Override
  public void read(ReadCommand command, RowSink sink) {
    LaneTable table = tables.get(command.tableId());
    if (table == null) {
      sink.failed(new UnknownTableException(command.tableId()));
      return;
    }
    List<PartitionCursor> sources = new ArrayList<>(2);
    PartitionCursor memory =
        command.partitionKey() == null
            ? table.active().scan(command.range())
            : table.active().partition(command.token(), command.partitionKey());
    if (memory != null) {
      sources.add(memory);
    }
    new ReadTask(lane, command, new MergeCursor(sources, false), sink, () -> {}).run();
  }
}

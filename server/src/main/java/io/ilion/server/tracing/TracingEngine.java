package io.ilion.server.tracing;

import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.ForwardingSink;
import io.ilion.storage.LaneStore;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StoredFiles;
import io.ilion.storage.TableOptions;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Tells traces what is asked of each lane of a storage engine. */
public final class TracingEngine implements StorageEngine {
  private final StorageEngine engine;
  private final TraceContext traces;
  private final Clock clock;
  private final Supplier<Schema> schema;

  /** An observer of an engine's lanes. */
  public TracingEngine(
      StorageEngine engine, TraceContext traces, Clock clock, Supplier<Schema> schema) {
    this.engine = engine;
    this.traces = traces;
    this.clock = clock;
    this.schema = schema;
  }

  /** The engine's own store, unless the caller works for a trace. */
  @Override
  public LaneStore lane(int index) {
    LaneStore lane = engine.lane(index);
    TraceSession session = traces.current();
    return session == null ? lane : new TracedLane(lane, session);
  }

  @Override
  public int laneOf(long token) {
    return engine.laneOf(token);
  }

  @Override
  public List<TableOptions> tables() {
    return engine.tables();
  }

  @Override
  public CompletionStage<Void> putTable(TableOptions options) {
    return engine.putTable(options);
  }

  @Override
  public CompletionStage<Void> dropTable(UUID tableId) {
    return engine.dropTable(tableId);
  }

  @Override
  public CompletionStage<Void> truncate(UUID tableId) {
    return engine.truncate(tableId);
  }

  @Override
  public CompletionStage<Void> flush(UUID tableId) {
    return engine.flush(tableId);
  }

  @Override
  public CompletionStage<Void> compact(UUID tableId) {
    return engine.compact(tableId);
  }

  @Override
  public CompletionStage<StoredFiles> storedFiles(UUID tableId, boolean flush) {
    return engine.storedFiles(tableId, flush);
  }

  @Override
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return engine.copied(ranges, pieces);
  }

  @Override
  public CompletionStage<Long> importRows(UUID tableId, PartitionCursor source) {
    return engine.importRows(tableId, source);
  }

  @Override
  public CompletionStage<Long> snapshot(UUID tableId, String name) {
    return engine.snapshot(tableId, name);
  }

  @Override
  public CompletionStage<Void> clearSnapshot(String directoryName, String name) {
    return engine.clearSnapshot(directoryName, name);
  }

  @Override
  public List<Snapshot> snapshots() {
    return engine.snapshots();
  }

  @Override
  public CacheStatistics cache() {
    return engine.cache();
  }

  @Override
  public List<TableStatistics> statistics() {
    return engine.statistics();
  }

  @Override
  public List<CompactionProgress> compactions() {
    return engine.compactions();
  }

  @Override
  public void close() {
    engine.close();
  }

  private String name(UUID tableId) {
    TableDefinition table = schema.get().table(tableId);
    return table == null ? tableId.toString() : table.name();
  }

  /** One lane as one request uses it. */
  private final class TracedLane implements LaneStore {
    private final LaneStore lane;
    private final TraceSession session;

    TracedLane(LaneStore lane, TraceSession session) {
      this.lane = lane;
      this.session = session;
    }

    @Override
    public boolean apply(long token, byte[] update, WriteCallback done) {
      session.event("Appending to commitlog");
      String table = name(new UpdateReader().wrap(update).tableId());
      session.event("Adding to " + table + " memtable");
      return lane.apply(
          token,
          update,
          failure -> {
            session.event(failure == null ? "Commit log answered" : "Write refused: " + failure);
            traces.run(session, () -> done.done(failure));
          });
    }

    @Override
    public void afterWaiting(Runnable task) {
      lane.afterWaiting(() -> traces.run(session, task));
    }

    @Override
    public void awaitDurable(WriteCallback done) {
      session.event("Waiting for the commit log");
      lane.awaitDurable(failure -> traces.run(session, () -> done.done(failure)));
    }

    @Override
    public void awaitDurable(long token, WriteCallback done) {
      session.event("Waiting for the commit log");
      lane.awaitDurable(token, failure -> traces.run(session, () -> done.done(failure)));
    }

    @Override
    public void read(ReadCommand command, RowSink sink) {
      read(command, sink, lane::read);
    }

    @Override
    public void readSettled(ReadCommand command, RowSink sink) {
      read(command, sink, lane::readSettled);
    }

    private void read(ReadCommand command, RowSink sink, BiConsumer<ReadCommand, RowSink> read) {
      String table = name(command.tableId());
      session.event(
          command.partitionKey() != null
              ? "Executing single-partition query on " + table
              : "Executing seq scan on " + table + " for " + range(command.range()));
      session.event("Acquiring sstable references");
      session.event("Merging memtable contents");
      TracedSink traced = new TracedSink(sink);
      read.accept(command, traced);
      traced.files(lane.filesOfLastRead());
    }

    @Override
    public int filesOfLastRead() {
      return lane.filesOfLastRead();
    }

    @Override
    public ReadForecast forecast(ReadCommand command) {
      return lane.forecast(command);
    }

    private static String range(ReadCommand.PartitionRange range) {
      return "(min(" + range.startToken() + "), max(" + range.endToken() + ")]";
    }

    /** Counts what goes by. */
    private final class TracedSink extends ForwardingSink {
      private final long nowSeconds = clock.wallSeconds();
      private int files = -1;
      private long live;
      private long tombstones;

      TracedSink(RowSink sink) {
        super(sink);
      }

      /** How many files the read asks; known at its end at the latest. */
      void files(int count) {
        if (files < 0) {
          files = count;
        }
      }

      @Override
      public boolean staticRow(RowReader row) {
        count(row);
        return super.staticRow(row);
      }

      @Override
      public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
        live += row.isLive(nowSeconds) ? 1 : 0;
        tombstones += row.hasDeletion() ? 1 : 0;
        count(row);
        return super.row(keyArray, keyOffset, keyLength, row);
      }

      private void count(RowReader row) {
        row.rewind();
        while (row.nextCell()) {
          tombstones += row.cellIsLive(nowSeconds) ? 0 : 1;
        }
        row.rewind();
      }

      @Override
      public void deletionMarker(long token, byte[] partitionKey) {
        tombstones++;
        super.deletionMarker(token, partitionKey);
      }

      @Override
      public boolean marker(RowCursor at) {
        tombstones++;
        return super.marker(at);
      }

      @Override
      public void finished() {
        files(lane.filesOfLastRead());
        session.event("Merged data from memtables and " + files + " sstables");
        session.event("Read " + live + " live rows and " + tombstones + " tombstone cells");
        traces.run(session, super::finished);
      }

      @Override
      public void failed(Throwable cause) {
        session.event("Read failed: " + cause);
        traces.run(session, () -> super.failed(cause));
      }
    }
  }
}

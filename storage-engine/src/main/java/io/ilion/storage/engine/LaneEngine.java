package io.ilion.storage.engine;

import io.ilion.model.data.UpdateReader;
import io.ilion.runtime.Lane;
import io.ilion.storage.LaneStore;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.RowSink;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.UnknownTableException;
import io.ilion.storage.commitlog.LaneLog;
import io.ilion.storage.compaction.PurgeLimits;
import io.ilion.storage.compaction.PurgingCursor;
import io.ilion.storage.memtable.Memtable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * What one lane owns of the data. Everything runs on the lane, but for recovery, which is over
 * before the lane begins.
 *
 * <p>A lane may use its share of the memory for memtables. At half of it the largest memtable is
 * flushed; at the whole of it writes wait, in a queue with a bound, until a flush has ended.
 */
final class LaneEngine implements LaneStore {
  private static final int MAX_DELAYED = 16_384;
  private static final int RECENT_SLOTS = 1024;

  private record Delayed(long token, byte[] update, WriteCallback done) {}

  private final Lane lane;
  private final int index;
  private final Flusher flusher;
  private final long budgetBytes;
  private final Map<UUID, LaneTable> tables = new HashMap<>();
  private final ArrayDeque<Delayed> delayed = new ArrayDeque<>();
  private final UpdateReader reader = new UpdateReader();

  /** By some bits of a token the number of the last record of any such token. */
  private final long[] recent = new long[RECENT_SLOTS];

  private LaneLog log;
  private int filesOfLastRead;
  private long activeBytes;
  private long bytes;
  private long delayedBytes;
  private long lastHigh;
  private long lastLow;
  private LaneTable lastTable;

  /** Who waits until what the log had no room for is in files. */
  private final List<WriteCallback> awaitingFlush = new ArrayList<>();

  /** The last of the log's failures whose records are in files, or have gone; -1 is none. */
  private long flushedFailed = -1;

  /** Told of every partition that is written or read; null nearly always. */
  private PartitionObserver observer;

  LaneEngine(Lane lane, int index, Flusher flusher, long budgetBytes) {
    this.lane = lane;
    this.index = index;
    this.flusher = flusher;
    this.budgetBytes = budgetBytes;
  }

  Lane lane() {
    return lane;
  }

  int index() {
    return index;
  }

  void setLog(LaneLog laneLog) {
    log = laneLog;
  }

  /** The number of the last record given to the commit log. */
  long lastNumber() {
    return log.nextNumber() - 1;
  }

  void observe(PartitionObserver newObserver) {
    observer = newObserver;
  }

  void putTable(TableOptions options, LaneTable table) {
    LaneTable present = tables.putIfAbsent(options.id(), table);
    if (present != null) {
      present.setOptions(options);
    }
    lastTable = null;
  }

  LaneTable table(UUID id) {
    return tables.get(id);
  }

  List<LaneTable> tables() {
    return List.copyOf(tables.values());
  }

  /** Forgets a table; returns the files that it had here. */
  TableFile[] dropTable(UUID id) {
    lastTable = null;
    LaneTable table = tables.remove(id);
    if (table == null) {
      return new TableFile[0];
    }
    TableFile[] files = clear(table);
    goOn();
    return files;
  }

  /**
   * Forgets a table's data; returns the files that it had here. Who calls this has the lane {@link
   * #goOn} when it has noted what it forgot.
   */
  TableFile[] clear(LaneTable table) {
    long active = table.active().bytes();
    bytes -= table.memtableBytes();
    activeBytes -= active;
    return table.clear();
  }

  /** Takes up what has waited for the memory, or for the end, of what was cleared. */
  void goOn() {
    drainDelayed();
    lookAgainForUnlogged();
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
  public boolean apply(long token, byte[] update, WriteCallback done) {
    if (bytes >= budgetBytes || !delayed.isEmpty()) {
      return !delay(token, update, done);
    }
    applyNow(token, update, done);
    return true;
  }

  @Override
  public void awaitDurable(WriteCallback done) {
    awaitDurableUpTo(lastNumber(), done);
  }

  @Override
  public void awaitDurable(long token, WriteCallback done) {
    awaitDurableUpTo(recent[slot(token)], done);
  }

  private void awaitDurableUpTo(long number, WriteCallback done) {
    log.awaitDurable(
        number,
        failure -> {
          if (failure != null) {
            done.done(failure);
          } else {
            awaitUnlogged(done);
          }
        });
  }

  private static int slot(long token) {
    return (int) token & (RECENT_SLOTS - 1);
  }

  /**
   * Calls back when no memtable has any more what the log had no room for, which is seen, but only
   * durable when it is in a file; sees to that.
   */
  private void awaitUnlogged(WriteCallback done) {
    if (!hasUnlogged()) {
      done.done(null);
    } else if (log.isFull() || flusher.diskFull() != null) {
      done.done(flusher.logFull());
    } else {
      awaitingFlush.add(done);
    }
  }

  private boolean hasUnlogged() {
    long last = log.lastFailed();
    if (last == flushedFailed) {
      return false;
    }
    boolean found = false;
    for (LaneTable table : tables.values()) {
      if (table.active().firstPosition() <= last) {
        beginFlush(table);
      }
      Memtable oldest = table.frozen().peekFirst();
      found |= oldest != null && oldest.firstPosition() <= last;
    }
    if (!found) {
      flushedFailed = last;
    }
    return found;
  }

  private void lookAgainForUnlogged() {
    if (!awaitingFlush.isEmpty()) {
      List<WriteCallback> waiting = List.copyOf(awaitingFlush);
      awaitingFlush.clear();
      waiting.forEach(this::awaitUnlogged);
    }
  }

  /** Returns whether the update waits; otherwise it was refused. */
  private boolean delay(long token, byte[] update, WriteCallback done) {
    if (flusher.diskFull() != null) {
      done.done(flusher.diskFull());
      return false;
    } else if (delayed.size() >= MAX_DELAYED || delayedBytes + update.length > budgetBytes / 2) {
      done.done(new OverloadedException("memtables are full and wait to be flushed"));
      return false;
    }
    delayed.add(new Delayed(token, update, done));
    delayedBytes += update.length;
    relieve();
    return true;
  }

  private void drainDelayed() {
    while (!delayed.isEmpty() && (bytes < budgetBytes || flusher.diskFull() != null)) {
      Delayed next = delayed.poll();
      delayedBytes -= next.update.length;
      if (next.update.length == 0) {
        next.done.done(null);
      } else {
        applyNow(next.token, next.update, next.done);
      }
    }
  }

  /** Completes when no update waits any more of those that do now. */
  CompletableFuture<Void> whenNoneWaits() {
    CompletableFuture<Void> none = new CompletableFuture<>();
    if (delayed.isEmpty()) {
      none.complete(null);
    } else {
      delayed.add(new Delayed(0, new byte[0], failure -> none.complete(null)));
    }
    return none;
  }

  @Override
  public void afterWaiting(Runnable task) {
    if (delayed.isEmpty()) {
      task.run();
    } else {
      whenNoneWaits().thenRun(task);
    }
  }

  /** The engine closes: what waits for memory waits in vain. */
  void refuseDelayed() {
    while (!delayed.isEmpty()) {
      delayed.poll().done.done(new OverloadedException("the storage engine is closed"));
    }
    delayedBytes = 0;
    failAwaitingFlush();
  }

  private void applyNow(long token, byte[] update, WriteCallback done) {
    LaneTable table;
    try {
      Throwable refusal = flusher.diskFull();
      if (refusal == null && log.isFull()) {
        refusal = flusher.logFull();
      }
      if (refusal != null) {
        done.done(refusal);
        return;
      }
      reader.wrap(update);
      table = table(reader.tableIdHigh(), reader.tableIdLow());
      if (table == null) {
        throw new UnknownTableException(reader.tableId());
      }
      insert(table, token, log.nextNumber());
      table.wrote();
    } catch (RuntimeException e) {
      done.done(e);
      return;
    }
    if (observer != null) {
      observer.wrote(index, table.options().id(), reader.partitionKey(), update.length);
    }
    recent[slot(token)] = log.nextNumber();
    log.append(table.logTable(), update, done);
    if (activeBytes > budgetBytes / 2) {
      relieve();
    }
  }

  private void insert(LaneTable table, long token, long number) {
    long grown = table.active().apply(token, reader, number);
    table.grew(grown);
    activeBytes += grown;
    bytes += grown;
  }

  /** Applies a record of the commit log while the node starts; true if memory wants a flush. */
  boolean replay(LaneTable table, long token, byte[] update) {
    reader.wrap(update);
    insert(table, token, 0);
    return activeBytes > budgetBytes / 2;
  }

  /** A memtable was flushed while the node starts. */
  void recovered(LaneTable table, Memtable written, TableFile file) {
    bytes -= written.bytes();
    table.flushed(file, flusher.nowSeconds());
  }

  /** Flushes the table whose active memtable is the largest. */
  private void relieve() {
    LaneTable largest = null;
    for (LaneTable table : tables.values()) {
      if (largest == null || table.active().bytes() > largest.active().bytes()) {
        largest = table;
      }
    }
    if (largest != null && !largest.active().isEmpty()) {
      beginFlush(largest);
    }
  }

  /** Writes a table's memtables to files. */
  CompletableFuture<Void> flush(LaneTable table) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    beginFlush(table);
    table.whenFlushed(done);
    return done;
  }

  void freeze(LaneTable table) {
    activeBytes -= table.active().bytes();
    table.freeze();
  }

  void beginFlush(LaneTable table) {
    freeze(table);
    flushNext(table);
  }

  /** Flushes of one table go one after the other, so that what is flushed is always a prefix. */
  void flushNext(LaneTable table) {
    Memtable next = table.frozen().peekFirst();
    if (next != null && !table.isFlushing()) {
      table.setFlushing(true);
      flusher.flush(this, table, next);
    }
  }

  /** The oldest frozen memtable is in a file, which may be null if nothing remained of it. */
  void flushed(LaneTable table, Memtable written, TableFile file, long epoch) {
    table.setFlushing(false);
    if (table.epoch() == epoch) {
      bytes -= written.bytes();
      table.flushed(file, flusher.nowSeconds());
      flusher.installed(this, table, written);
    } else if (file != null) {
      // The truncation that came in between takes the file out of the manifest, soon or already.
      flusher.letGo(table, file);
    }
    flushNext(table);
    drainDelayed();
    lookAgainForUnlogged();
  }

  /** A flush failed; it is tried again later, and the memtable stays readable. */
  void flushFailed(LaneTable table, long retryNanos) {
    lane.schedule(
        retryNanos,
        () -> {
          table.setFlushing(false);
          if (table.frozen().isEmpty()) {
            // A truncation took what was to be written; the next flush will find out about the
            // disk.
            flusher.forgetFullDisk();
          }
          flushNext(table);
        });
    drainDelayed();
    // Whoever waits for what the log does not have may ask again, but is not kept until then.
    failAwaitingFlush();
  }

  private void failAwaitingFlush() {
    List<WriteCallback> waiting = List.copyOf(awaitingFlush);
    awaitingFlush.clear();
    waiting.forEach(done -> done.done(flusher.logFull()));
  }

  @Override
  public void read(ReadCommand command, RowSink sink) {
    LaneTable table = asked(command, sink);
    if (table != null) {
      readNow(table, command, sink);
    }
  }

  /** The table that is read, and is told so; null if there is none, as the sink then knows. */
  private LaneTable asked(ReadCommand command, RowSink sink) {
    LaneTable table = tables.get(command.tableId());
    if (table == null) {
      sink.failed(new UnknownTableException(command.tableId()));
      return null;
    }
    table.asked(command.partitionKey() == null);
    if (observer != null && command.partitionKey() != null) {
      observer.read(index, command.tableId(), command.partitionKey());
    }
    return table;
  }

  private void readNow(LaneTable table, ReadCommand command, RowSink sink) {
    if (command.columns() != null) {
      new RowRead(this, command, table, sink, null).run();
      return;
    }
    TableFile[] files = table.files();
    List<PartitionCursor> sources = new ArrayList<>(2 + files.length);
    int retained = 0;
    try {
      add(sources, table.active(), command);
      for (Memtable memtable : table.frozen()) {
        add(sources, memtable, command);
      }
      int inMemory = sources.size();
      for (TableFile file : files) {
        file.retain();
        retained++;
        PartitionCursor cursor =
            command.partitionKey() == null
                ? file.scan(command.range(), command.slices(), lane)
                : partition(file, command, files.length + inMemory > 1);
        if (cursor != null) {
          sources.add(cursor);
        }
      }
      filesOfLastRead = sources.size() - inMemory;
    } catch (RuntimeException e) {
      sources.forEach(PartitionCursor::close);
      release(files, retained);
      sink.failed(e);
      return;
    }
    Runnable release = () -> release(files, files.length);
    PartitionCursor merged = new MergeCursor(sources, true);
    if (command.purgeBeforeSeconds() != Long.MIN_VALUE) {
      merged =
          new PurgingCursor(
              merged, command.purgeBeforeSeconds(), PurgeLimits.NONE, PurgeHorizon.ALL, null);
    }
    new ReadTask(lane, command, merged, sink, release).run();
  }

  /** A cursor over the one partition of a read, or null; a late one if that may save a look. */
  private PartitionCursor partition(TableFile file, ReadCommand command, boolean isOneOfSome) {
    long token = command.token();
    byte[] key = command.partitionKey();
    PartitionCursor cursor = file.partition(token, key, command.slices(), lane);
    byte[] late =
        cursor != null && isOneOfSome
            ? file.latePosition(command.slices(), command.reversed())
            : null;
    return late == null ? cursor : new LateCursor(cursor, token, key, late);
  }

  @Override
  public void readSettled(ReadCommand command, RowSink sink) {
    LaneTable table = asked(command, sink);
    if (table != null) {
      new RowRead(this, command, table, sink, () -> readAgain(command.whole(), sink)).run();
    }
  }

  /** The table may have gone meanwhile. */
  private void readAgain(ReadCommand command, RowSink sink) {
    LaneTable table = tables.get(command.tableId());
    if (table == null) {
      sink.failed(new UnknownTableException(command.tableId()));
    } else {
      readNow(table, command, sink);
    }
  }

  /** How many files of a table have the partition of a read that was looked at. */
  void sampled(LaneTable table, int copies) {
    ReadCost cost = table.readCost();
    if (cost.sampled(copies, table.files())) {
      flusher.considerCompaction(this, table);
    }
  }

  @Override
  public int filesOfLastRead() {
    return filesOfLastRead;
  }

  @Override
  public ReadForecast forecast(ReadCommand command) {
    LaneTable table = tables.get(command.tableId());
    return table == null ? null : Forecast.of(table, command, lane);
  }

  private static void release(TableFile[] files, int count) {
    for (int i = 0; i < count; i++) {
      files[i].release();
    }
  }

  private static void add(List<PartitionCursor> sources, Memtable memtable, ReadCommand command) {
    PartitionCursor cursor =
        command.partitionKey() == null
            ? memtable.scan(command.range())
            : memtable.partition(command.token(), command.partitionKey());
    if (cursor != null) {
      sources.add(cursor);
    }
  }
}

package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;
import io.ilion.storage.TableFile;
import io.ilion.storage.memtable.Memtable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A read of one row that looks into memtables, then into files from the newest to the oldest, and
 * stops where nothing older can matter: when a deletion covers all that is left, or when every
 * wanted column has a value that is newer than all that is left and the row surely exists. It gives
 * what {@link ReadTask} would give of the wanted columns.
 *
 * <p>For {@link io.ilion.storage.LaneStore#readSettled} it stops only when the row is settled by
 * what is newer than all that is left. Nothing that is left could change that: it neither deletes
 * what is given, nor is it newer. So the answer is a function of the data alone.
 */
final class RowRead implements Runnable {
  private final LaneEngine engine;
  private final ReadCommand command;
  private final LaneTable table;
  private final RowSink sink;
  private final Runnable unsettled;
  private final TableFile[] files;
  private final List<PartitionCursor> sources;
  private final List<RowReader> rows = new ArrayList<>(4);

  /** How many of the memtables' cursors, then of the files, were looked into. */
  private int memtables;

  private int filesDone;
  private PartitionCursor partition;
  private RowCursor cursor;

  private Deletion deletion = Deletion.NONE;

  /** The newest range deletion over the row. */
  private long covering = Long.MIN_VALUE;

  /** The newest of all that delete the row as a whole. */
  private long deletedUntil = Long.MIN_VALUE;

  /** The newest liveness, and whether it never expires. */
  private long liveness = Long.MIN_VALUE;

  private boolean livenessStays;

  /** For each wanted column the newest timestamp of a value or tombstone. */
  private final long[] newest;

  /** For each wanted column whether what is newest is a value that never expires. */
  private final boolean[] stays;

  /**
   * Prepares a read.
   *
   * @param unsettled what to do instead of giving a row that is not settled; null to give it
   */
  RowRead(
      LaneEngine engine, ReadCommand command, LaneTable table, RowSink sink, Runnable unsettled) {
    this.engine = engine;
    this.command = command;
    this.table = table;
    this.sink = sink;
    this.unsettled = unsettled;
    this.files = table.files();
    this.sources = new ArrayList<>(4);
    this.newest = new long[command.columns().length];
    this.stays = new boolean[newest.length];
    Arrays.fill(newest, Long.MIN_VALUE);
    add(table.active());
    for (Memtable memtable : table.frozen()) {
      add(memtable);
    }
    for (TableFile file : files) {
      file.retain();
    }
  }

  private void add(Memtable memtable) {
    PartitionCursor found = memtable.partition(command.token(), command.partitionKey());
    if (found != null) {
      sources.add(found);
    }
  }

  @Override
  public void run() {
    Throwable failure = null;
    boolean gives = true;
    try {
      if (!walk()) {
        return;
      }
      gives = unsettled == null || sources.isEmpty() || isSettled(Long.MIN_VALUE);
      if (gives) {
        give();
      }
      if (files.length > 1 && table.readCost().isSample()) {
        engine.sampled(table, copies());
      }
    } catch (Throwable t) {
      failure = t;
    }
    for (PartitionCursor source : sources) {
      source.close();
    }
    for (TableFile file : files) {
      file.release();
    }
    if (failure != null) {
      sink.failed(failure);
    } else if (gives) {
      sink.finished();
    } else {
      unsettled.run();
    }
  }

  /** Looks into one source after the other; false if a block is missing, then it is run again. */
  private boolean walk() {
    while (true) {
      if (partition == null && !nextSource()) {
        return true;
      }
      if (cursor == null) {
        switch (partition.next()) {
          case BLOCKED -> {
            partition.awaitBlock(this);
            return false;
          }
          case END -> {
            partition = null;
            continue;
          }
          case PARTITION -> {
            deletion = Deletion.max(deletion, partition.partitionDeletion());
            deletedUntil = Math.max(deletedUntil, deletion.timestamp());
            cursor = partition.rows(command.slices(), false);
          }
        }
      }
      switch (cursor.next()) {
        case BLOCKED -> {
          cursor.awaitBlock(this);
          return false;
        }
        case MARKER -> covered(cursor.after());
        case ROW -> {
          found(
              new RowReader()
                  .wrap(cursor.imageArray(), cursor.imageOffset(), cursor.imageLength()));
          endSource();
        }
        case END -> endSource();
      }
    }
  }

  private void endSource() {
    partition = null;
    cursor = null;
  }

  /**
   * Takes the next source that may have something; false if there is none, or none that matters.
   */
  private boolean nextSource() {
    if (memtables < sources.size() && filesDone == 0) {
      partition = sources.get(memtables++);
      return true;
    }
    while (filesDone < files.length) {
      TableFile file = files[filesDone];
      if (isDecided(file.maxTimestamp())) {
        return false;
      }
      filesDone++;
      partition = partition(file);
      if (partition != null) {
        sources.add(partition);
        return true;
      }
    }
    return false;
  }

  private PartitionCursor partition(TableFile file) {
    return file.partition(command.token(), command.partitionKey(), command.slices(), engine.lane());
  }

  /** How many files have the partition, also of those that were not looked into. */
  private int copies() {
    int copies = sources.size() - memtables;
    for (int i = filesDone; i < files.length; i++) {
      PartitionCursor older = partition(files[i]);
      if (older != null) {
        copies++;
        older.close();
      }
    }
    return copies;
  }

  /** Whether nothing that is as old as a timestamp, or older, can matter. */
  private boolean isDecided(long timestamp) {
    if (unsettled != null) {
      return isSettled(timestamp) || isUnsettled(timestamp);
    }
    if (deletedUntil >= timestamp) {
      return true;
    }
    // If all that is newer may be gone by the reader's time, an older cell may be the only sign
    // that the row exists, even one of a column that is not wanted.
    boolean exists = livenessStays && liveness > timestamp;
    for (int i = 0; i < newest.length; i++) {
      if (newest[i] <= timestamp) {
        return false;
      }
      exists |= stays[i];
    }
    return exists;
  }

  /** Whether the row is settled by what is newer than a timestamp. */
  private boolean isSettled(long timestamp) {
    long shadow = Math.max(timestamp, deletedUntil);
    boolean settled = livenessStays && liveness > shadow;
    for (int i = 0; settled && i < newest.length; i++) {
      settled = stays[i] && newest[i] > shadow;
    }
    return settled;
  }

  /** Whether nothing that is as old as a timestamp, or older, can settle the row. */
  private boolean isUnsettled(long timestamp) {
    boolean never = !livenessStays && liveness > timestamp;
    for (int i = 0; !never && i < newest.length; i++) {
      never = !stays[i] && newest[i] > timestamp;
    }
    return never;
  }

  private void covered(Deletion range) {
    covering = Math.max(covering, range.timestamp());
    deletedUntil = Math.max(deletedUntil, range.timestamp());
  }

  private void found(RowReader row) {
    rows.add(row);
    deletedUntil = Math.max(deletedUntil, row.deletionTimestamp());
    if (row.hasLiveness() && row.livenessTimestamp() >= liveness) {
      boolean staysHere = row.livenessExpiresAt() == Long.MAX_VALUE;
      livenessStays = staysHere && (livenessStays || row.livenessTimestamp() > liveness);
      liveness = row.livenessTimestamp();
    }
    int[] columns = command.columns();
    int at = 0;
    while (at < columns.length && row.nextCell()) {
      while (at < columns.length && columns[at] < row.column()) {
        at++;
      }
      if (at < columns.length && columns[at] == row.column()) {
        if (row.timestamp() >= newest[at]) {
          boolean staysHere = !row.isTombstone() && !row.isExpiring();
          stays[at] = staysHere && (stays[at] || row.timestamp() > newest[at]);
          newest[at] = row.timestamp();
        }
      }
    }
    row.rewind();
  }

  /** Merges what was found, and hands it over. */
  private void give() {
    boolean announced = !deletion.isNone() && unsettled == null;
    if (announced && !announce()) {
      return;
    }
    RowReader row = merged();
    if (row != null && unsettled != null) {
      row = settled(row);
    }
    if (row != null) {
      if (!announced) {
        announced = true;
        if (!announce()) {
          return;
        }
      }
      byte[] key = command.slices().intervals().get(0).start();
      boolean unused = sink.row(key, 0, key.length, row);
    }
    if (announced) {
      boolean unused = sink.endOfPartition();
    }
  }

  private boolean announce() {
    return sink.partition(
        command.token(), command.partitionKey(), unsettled == null ? deletion : Deletion.NONE);
  }

  /** Of a settled row no more than what settles it. */
  private RowReader settled(RowReader row) {
    int wanted = 0;
    int others = 0;
    while (row.nextCell()) {
      if (isWanted(row.column())) {
        wanted++;
      } else {
        others++;
      }
    }
    row.rewind();
    if (others == 0 && !row.hasDeletion() && wanted == newest.length) {
      return row;
    }
    RowWriter out = new RowWriter().liveness(row.livenessTimestamp());
    while (row.nextCell()) {
      if (isWanted(row.column())) {
        out.copy(row);
      }
    }
    return row.wrap(out.array(), 0, out.size());
  }

  private boolean isWanted(int column) {
    return Arrays.binarySearch(command.columns(), column) >= 0;
  }

  /** The row, or null if nothing remains of it. */
  private RowReader merged() {
    if (rows.isEmpty()) {
      return null;
    }
    long shadow = Math.max(deletion.timestamp(), covering);
    RowReader first = rows.get(0);
    if (rows.size() == 1 && shadow == Long.MIN_VALUE && !first.hasDeletion()) {
      return first;
    }
    RowWriter out = new RowWriter();
    boolean remains =
        new RowMerger().merge(rows.toArray(new RowReader[0]), rows.size(), shadow, out);
    return remains ? first.wrap(out.array(), 0, out.size()) : null;
  }
}

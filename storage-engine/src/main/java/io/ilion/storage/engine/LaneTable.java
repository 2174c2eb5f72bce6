package io.ilion.storage.engine;

import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.commitlog.LogTable;
import io.ilion.storage.memtable.Memtable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One table on one lane: the memtable that takes writes, those that wait to be flushed, oldest
 * first, and the files. The lane alone changes it; what is volatile may be read by any thread.
 */
final class LaneTable {
  private static final TableFile[] NO_FILES = {};

  private final LogTable logTable;
  private final AtomicLong memtableBytes = new AtomicLong();
  private volatile TableOptions options;
  private volatile TableFile[] files = NO_FILES;

  /** Grows when the table is truncated or dropped: what was begun before comes too late. */
  private final AtomicLong epoch = new AtomicLong();

  private Memtable active = new Memtable();
  private final ArrayDeque<Memtable> frozen = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private final ArrayDeque<CompletableFuture<Void>> majors = new ArrayDeque<>();
  private boolean flushing;
  private boolean compacting;

  /** Somebody who waits until a memtable is in a file. */
  private record Waiter(Memtable last, CompletableFuture<Void> done) {}

  LaneTable(TableOptions options, int lane) {
    this.options = options;
    this.logTable = new LogTable(options.id(), lane);
  }

  TableOptions options() {
    return options;
  }

  void setOptions(TableOptions newOptions) {
    options = newOptions;
  }

  LogTable logTable() {
    return logTable;
  }

  long epoch() {
    return epoch.get();
  }

  TableFile[] files() {
    return files;
  }

  long memtableBytes() {
    return memtableBytes.get();
  }

  Memtable active() {
    return active;
  }

  ArrayDeque<Memtable> frozen() {
    return frozen;
  }

  void grew(long bytes) {
    memtableBytes.lazySet(memtableBytes.get() + bytes);
  }

  boolean isFlushing() {
    return flushing;
  }

  void setFlushing(boolean now) {
    flushing = now;
  }

  boolean isCompacting() {
    return compacting;
  }

  void setCompacting(boolean now) {
    compacting = now;
  }

  /** Somebody wants all files compacted. */
  void addMajor(CompletableFuture<Void> done) {
    majors.add(done);
  }

  /** Who waits for all files to be compacted, or null. */
  CompletableFuture<Void> nextMajor() {
    return majors.peek();
  }

  /** A compaction of all files ended, with a reason if it failed. */
  void majorDone(Exception failure) {
    CompletableFuture<Void> done = majors.poll();
    if (done != null && failure == null) {
      done.complete(null);
    } else if (done != null) {
      done.completeExceptionally(failure);
    }
  }

  /** Sets the active memtable aside, if anything is in it. */
  void freeze() {
    if (!active.isEmpty()) {
      frozen.addLast(active);
      active = new Memtable();
    }
  }

  /** Completes a stage when all that is frozen now is in files. */
  void whenFlushed(CompletableFuture<Void> done) {
    if (frozen.isEmpty()) {
      done.complete(null);
    } else {
      waiters.add(new Waiter(frozen.peekLast(), done));
    }
  }

  /** The oldest frozen memtable is in a file (null if nothing of it remained). */
  void flushed(TableFile file) {
    Memtable written = frozen.removeFirst();
    grew(-written.bytes());
    if (file != null) {
      addFile(file);
    }
    for (int i = waiters.size() - 1; i >= 0; i--) {
      if (waiters.get(i).last.equals(written)) {
        waiters.remove(i).done.complete(null);
      }
    }
  }

  void addFile(TableFile file) {
    TableFile[] more = Arrays.copyOf(files, files.length + 1);
    more[files.length] = file;
    setFiles(more);
  }

  /** Keeps the files in the order in which a read of one row looks into them: newest first. */
  private void setFiles(TableFile[] some) {
    Arrays.sort(some, Comparator.comparingLong(TableFile::maxTimestamp).reversed());
    files = some;
  }

  /** Puts one file, or none, in the place of others. */
  void replaceFiles(List<TableFile> old, TableFile replacement) {
    List<TableFile> rest = new ArrayList<>(Arrays.asList(files));
    rest.removeAll(old);
    if (replacement != null) {
      rest.add(replacement);
    }
    setFiles(rest.toArray(NO_FILES));
  }

  /** Forgets all data and everything under way; returns the files, which the caller lets go. */
  TableFile[] clear() {
    epoch.incrementAndGet();
    active = new Memtable();
    frozen.clear();
    memtableBytes.lazySet(0);
    for (Waiter waiter : waiters) {
      waiter.done.complete(null);
    }
    waiters.clear();
    TableFile[] old = files;
    files = NO_FILES;
    return old;
  }
}

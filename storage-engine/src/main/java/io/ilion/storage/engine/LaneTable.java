package io.ilion.storage.engine;

import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.commitlog.LogTable;
import io.ilion.storage.memtable.Memtable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final MajorCompactions majors = new MajorCompactions();
  private final Map<TableFile, Note> notes = new HashMap<>();
  private final Set<TableFile> busy = new HashSet<>();
  private final Set<TableFile> damaged = new HashSet<>();
  private boolean flushing;
  private long flushBytes;
  private boolean putOff;
  private long expiredCheck = Long.MIN_VALUE / 2;

  /** Somebody who waits until a memtable is in a file. */
  private record Waiter(Memtable last, CompletableFuture<Void> done) {}

  /**
   * What compaction has to know of a file.
   *
   * @param level that the leveled strategy gave it
   * @param createdSeconds when it was written, in seconds since 1970
   */
  record Note(int level, long createdSeconds) {}

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

  MajorCompactions majors() {
    return majors;
  }

  Note note(TableFile file) {
    return notes.get(file);
  }

  void setNote(TableFile file, Note note) {
    notes.put(file, note);
  }

  boolean isBusy(TableFile file) {
    return busy.contains(file);
  }

  boolean hasBusy() {
    return !busy.isEmpty();
  }

  /** A compaction has a file. */
  void setBusy(TableFile file) {
    busy.add(file);
  }

  void setFree(TableFile file) {
    busy.remove(file);
  }

  boolean isDamaged(TableFile file) {
    return damaged.contains(file);
  }

  /** A file cannot be read as a whole: compactions leave it alone, so that the rest goes on. */
  void setDamaged(TableFile file) {
    damaged.add(file);
  }

  /** Whether a compaction failed lately, so that it is too early to try again. */
  boolean isPutOff() {
    return putOff;
  }

  void setPutOff(boolean now) {
    putOff = now;
  }

  /** When it was last looked for files that expired as a whole, in seconds since 1970. */
  long expiredCheck() {
    return expiredCheck;
  }

  void setExpiredCheck(long seconds) {
    expiredCheck = seconds;
  }

  /** The usual size of a file that a flush writes; a guess before the first. */
  long flushBytes(long guess) {
    return flushBytes == 0 ? guess : flushBytes;
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
  void flushed(TableFile file, long nowSeconds) {
    Memtable written = frozen.removeFirst();
    grew(-written.bytes());
    if (file != null) {
      addFile(file, new Note(0, nowSeconds));
      flushBytes = flushBytes == 0 ? file.bytes() : (3 * flushBytes + file.bytes()) / 4;
    }
    for (int i = waiters.size() - 1; i >= 0; i--) {
      if (waiters.get(i).last.equals(written)) {
        waiters.remove(i).done.complete(null);
      }
    }
  }

  void addFile(TableFile file, Note note) {
    notes.put(file, note);
    TableFile[] more = Arrays.copyOf(files, files.length + 1);
    more[files.length] = file;
    setFiles(more);
  }

  /** Keeps the files in the order in which a read of one row looks into them: newest first. */
  private void setFiles(TableFile[] some) {
    Arrays.sort(some, Comparator.comparingLong(TableFile::maxTimestamp).reversed());
    files = some;
  }

  /** Puts files, or none, in the place of others. */
  void replaceFiles(List<TableFile> old, List<TableFile> replacements, Note note) {
    List<TableFile> rest = new ArrayList<>(Arrays.asList(files));
    rest.removeAll(new HashSet<>(old));
    rest.addAll(replacements);
    old.forEach(notes::remove);
    old.forEach(damaged::remove);
    replacements.forEach(file -> notes.put(file, note));
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
    majors.clear();
    notes.clear();
    damaged.clear();
    TableFile[] old = files;
    files = NO_FILES;
    return old;
  }
}

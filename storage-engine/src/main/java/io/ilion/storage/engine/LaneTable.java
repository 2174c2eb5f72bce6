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

  // Counted by the lane, read by any thread.
  private final AtomicLong reads;
  private final AtomicLong scans;
  private final AtomicLong writes;

  private volatile TableOptions options;
  private volatile TableFile[] files = NO_FILES;

  /** Grows when the table is truncated or dropped: what was begun before comes too late. */
  private final AtomicLong epoch = new AtomicLong();

  /** Grows when something is discarded: what was begun before could bring it back. */
  private final AtomicLong discards = new AtomicLong();

  private final List<Discarded> discarded = new ArrayList<>();
  private Memtable active = new Memtable();
  private final ArrayDeque<Memtable> frozen = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private final MajorCompactions majors = new MajorCompactions();
  private final ReadCost readCost;

  // By generation, since the same file may be shown in another way from some moment on.
  private final Map<Long, Note> notes = new HashMap<>();
  private final Set<Long> busy = new HashSet<>();
  private final Set<Long> damaged = new HashSet<>();
  private boolean flushing;
  private long flushBytes;
  private boolean putOff;

  /** How many want no compaction to begin. */
  private int holds;

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

  /**
   * An empty part of a table.
   *
   * @param former the part of the same lane from before the table was truncated, whose requests
   *     count on; or null
   */
  LaneTable(TableOptions options, int lane, long cacheBytes, LaneTable former) {
    reads = former == null ? new AtomicLong() : former.reads;
    scans = former == null ? new AtomicLong() : former.scans;
    writes = former == null ? new AtomicLong() : former.writes;
    this.options = options;
    this.readCost = new ReadCost(cacheBytes);
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

  /** How often something was discarded. */
  long discards() {
    return discards.get();
  }

  TableFile[] files() {
    return files;
  }

  /** Whether there surely is nothing; any thread may ask. */
  boolean isEmpty() {
    // In this order: what a flush takes out of memory is among the files before.
    return memtableBytes.get() == 0 && files.length == 0;
  }

  long memtableBytes() {
    return memtableBytes.get();
  }

  /** A request for a partition, or for a range, is served. */
  void asked(boolean isScan) {
    count(isScan ? scans : reads);
  }

  /** An update was taken. */
  void wrote() {
    count(writes);
  }

  private static void count(AtomicLong counter) {
    counter.lazySet(counter.getPlain() + 1);
  }

  /** How many reads of partitions were served. */
  long reads() {
    return reads.get();
  }

  /** How many reads of ranges were served. */
  long scans() {
    return scans.get();
  }

  /** How many updates were taken. */
  long writes() {
    return writes.get();
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

  ReadCost readCost() {
    return readCost;
  }

  Note note(TableFile file) {
    return notes.get(file.generation());
  }

  void setNote(TableFile file, Note note) {
    notes.put(file.generation(), note);
  }

  boolean isBusy(TableFile file) {
    return busy.contains(file.generation());
  }

  boolean hasBusy() {
    return !busy.isEmpty();
  }

  /** A compaction has a file. */
  void setBusy(TableFile file) {
    busy.add(file.generation());
  }

  void setFree(TableFile file) {
    busy.remove(file.generation());
  }

  boolean isDamaged(TableFile file) {
    return damaged.contains(file.generation());
  }

  /** A file cannot be read as a whole: compactions leave it alone, so that the rest goes on. */
  void setDamaged(TableFile file) {
    // What began before its damage was hidden says nothing of what is shown now.
    boolean isHidden =
        !SoundFile.isIn(file)
            && Arrays.stream(files)
                .anyMatch(now -> now.generation() == file.generation() && SoundFile.isIn(now));
    if (!isHidden) {
      damaged.add(file.generation());
    }
  }

  /** Hides tokens of a file that cannot be read, if it is still there: it is then rewritten. */
  void hide(TableFile file, TokenSet tokens) {
    TableFile[] now = files.clone();
    for (int i = 0; i < now.length; i++) {
      if (now[i].generation() == file.generation()) {
        now[i] =
            now[i] instanceof ForeignFile foreign
                ? foreign.of(new SoundFile(foreign.whole(), tokens))
                : new SoundFile(now[i], tokens);
        damaged.remove(file.generation());
      }
    }
    files = now;
    majors.replan();
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
    if (file != null) {
      addFile(file, new Note(0, nowSeconds));
      flushBytes = flushBytes == 0 ? file.bytes() : (3 * flushBytes + file.bytes()) / 4;
    }
    // Behind that: at no moment is the table empty.
    grew(-written.bytes());
    for (int i = waiters.size() - 1; i >= 0; i--) {
      if (waiters.get(i).last.equals(written)) {
        waiters.remove(i).done.complete(null);
      }
    }
  }

  void addFile(TableFile added, Note note) {
    TableFile file = masked(added);
    notes.put(file.generation(), note);
    TableFile[] more = Arrays.copyOf(files, files.length + 1);
    more[files.length] = file;
    setFiles(more);
  }

  /** Keeps the files in the order in which a read of one row looks into them: newest first. */
  private void setFiles(TableFile[] some) {
    Arrays.sort(some, Comparator.comparingLong(TableFile::maxTimestamp).reversed());
    files = some;
  }

  /** Compactions that are under way have to end without a result, as something is discarded. */
  void invalidateCompactions() {
    discards.incrementAndGet();
    majors.replan();
  }

  /** Ends compactions as above, and lets none begin until it is released as often as it is held. */
  void holdCompactions() {
    holds++;
    invalidateCompactions();
  }

  void releaseCompactions() {
    holds--;
  }

  /** Whether no compaction is to begin. */
  boolean isHeld() {
    return holds > 0;
  }

  /** Hides some tokens of the files that are there, and of those that come later and are older. */
  void discard(Discarded some) {
    discarded.add(some);
    TableFile[] now = files.clone();
    for (int i = 0; i < now.length; i++) {
      if (some.concerns(now[i])) {
        now[i] = masked(now[i], some);
      }
    }
    files = now;
  }

  /** Shows a file whole that turned out to have nothing that is hidden. */
  void unmask(MaskedFile file) {
    TableFile[] now = files.clone();
    for (int i = 0; i < now.length; i++) {
      if (now[i].equals(file)) {
        now[i] = file.whole();
      }
    }
    files = now;
  }

  private TableFile masked(TableFile file) {
    TableFile masked = file;
    for (Discarded some : discarded) {
      if (some.concerns(file)) {
        masked = masked(masked, some);
      }
    }
    return masked;
  }

  private static TableFile masked(TableFile file, Discarded some) {
    return file instanceof ForeignFile foreign
        ? foreign.of(new MaskedFile(foreign.whole(), some.tokens()))
        : new MaskedFile(file, some.tokens());
  }

  /** Puts files, or none, in the place of others. */
  void replaceFiles(List<TableFile> old, List<TableFile> added, Note note) {
    List<TableFile> replacements = added.stream().map(this::masked).toList();
    Set<Long> gone = new HashSet<>();
    old.forEach(file -> gone.add(file.generation()));
    List<TableFile> rest = new ArrayList<>(Arrays.asList(files));
    rest.removeIf(file -> gone.contains(file.generation()));
    rest.addAll(replacements);
    notes.keySet().removeAll(gone);
    damaged.removeAll(gone);
    replacements.forEach(file -> notes.put(file.generation(), note));
    setFiles(rest.toArray(NO_FILES));
    readCost.reset();
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
    discarded.clear();
    readCost.reset();
    TableFile[] old = files;
    files = NO_FILES;
    return old;
  }
}

package io.ilion.storage.commitlog;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Clock;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * The one commit log of a node. Lanes hand over bursts of records ({@link LaneLog}); a single
 * writer, a lane of its own that may block, appends what has come and syncs it as a group. What
 * comes during a sync is the next group.
 *
 * <p>A sync that fails is never retried: nobody can say any more what is on disk, and the node has
 * to stop. A full disk on the other hand fails the writes that found no room; the log then refuses
 * writes until there is room for a new segment.
 */
public final class CommitLog {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int MOST_SPARES = 8;
  private static final long FULL_RETRY_NANOS = 500_000_000L;

  private final CommitLogOptions options;
  private final Files files;
  private final Clock clock;
  private final RandomGenerator random;
  private final Consumer<Throwable> fatal;
  private final Consumer<LogTable> flush;
  private final long run;
  private final Lane writer;
  private final Groups groups;
  private final LaneLog[] lanes;
  private volatile boolean full;
  private volatile Activity activity = new Activity(0, 0, 0, 0);

  // All that follows is the writer's.
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final ArrayDeque<LaneLog.Burst> waiting = new ArrayDeque<>();
  private final List<String> earlier = new ArrayList<>();

  /** The numbers of the files that later segments are written over. */
  private final ArrayDeque<Integer> spares = new ArrayDeque<>();

  private final CRC32C crc = new CRC32C();
  private final byte[] header = new byte[SegmentFormat.RECORD_HEADER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private long earlierBytes;
  private long nextId;
  private Segment segment;
  private AppendFile file;
  private byte[] salt = new byte[8];

  /** The bytes of the segment that were appended whole, and those of them that are synced. */
  private long appended;

  private long synced;
  private long marked;
  private boolean periodRuns;
  private long lastSyncNanos;
  private boolean stopped;

  /**
   * Begins a new segment behind those that were replayed; blocks.
   *
   * @param run the number of this start of the node, greater than any before
   * @param found what the replay found; its segments stay until {@link #discardEarlierRuns}
   * @param flush is told which table to flush so that the log can become shorter; on the writer
   * @param fatal is told when the node has to stop; on the writer
   */
  public CommitLog(
      CommitLogOptions options,
      Files files,
      Clock clock,
      Scheduler scheduler,
      RandomGenerator random,
      long run,
      CommitLogReplay.Result found,
      Consumer<LogTable> flush,
      Consumer<Throwable> fatal)
      throws IOException {
    this.options = options;
    this.files = files;
    this.clock = clock;
    this.random = random;
    this.run = run;
    this.flush = flush;
    this.fatal = fatal;
    for (long id : found.segmentIds()) {
      earlier.add(options.directory() + "/" + SegmentFormat.name(id));
      nextId = id + 1;
    }
    earlierBytes = found.bytes();
    lanes = new LaneLog[scheduler.laneCount()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new LaneLog(scheduler.lane(i), this);
    }
    lastSyncNanos = clock.nanoTime();
    beginSegment(-1, 0);
    writer = scheduler.blockingLane("commitlog");
    groups =
        new Groups(
            writer,
            clock,
            options.groupWindowNanos(),
            !options.acknowledgeUnsynced(),
            this::commit);
  }

  /** The end of the log on a lane. */
  public LaneLog lane(int index) {
    return lanes[index];
  }

  /**
   * What the log takes on disk, and what was done since it was opened.
   *
   * @param bytes of the segments that are needed
   */
  public record Activity(long bytes, long syncs, long syncNanos, long appendedBytes) {}

  /** What was done until the last sync. */
  public Activity activity() {
    return activity;
  }

  /** Whether there is no room for a further segment. */
  public boolean isFull() {
    return full;
  }

  /** Takes a burst from its lane. */
  void take(LaneLog.Burst burst) {
    groups.add(burst);
  }

  /** Appends all that has been handed over so far. */
  private void takeAll() {
    LaneLog.Burst burst = groups.poll();
    while (burst != null) {
      append(burst);
      burst = groups.poll();
    }
  }

  /** Notes that a table's records up to a number are in SSTables and the manifest, both synced. */
  public void flushed(LogTable table, long number) {
    writer.execute(
        () -> {
          // What is flushed must be in its segment, or it would seem to come after.
          takeAll();
          for (Segment s : segments) {
            s.flushed(table, number);
          }
          deleteClean();
        });
  }

  /** Deletes the segments of earlier runs, all of which is in SSTables by now. */
  public void discardEarlierRuns() {
    writer.execute(
        () -> {
          for (Iterator<String> i = earlier.iterator(); i.hasNext(); ) {
            delete(i.next());
            i.remove();
          }
          earlierBytes = 0;
        });
  }

  private void delete(String path) {
    try {
      files.delete(path);
    } catch (IOException e) {
      stop(e);
    }
  }

  private void deleteClean() {
    for (Iterator<Segment> i = segments.iterator(); i.hasNext(); ) {
      Segment s = i.next();
      if (s.id != segment.id && s.dirty.isEmpty()) {
        retire(s);
        i.remove();
      }
    }
  }

  /** Keeps a segment that is needed no more for a later one, if there are not enough such. */
  private void retire(Segment s) {
    if (full || s.cutShort || spares.size() == MOST_SPARES) {
      delete(s.path);
      return;
    }
    int number = 0;
    while (spares.contains(number)) {
      number++;
    }
    try {
      files.rename(s.path, spare(number));
      spares.add(number);
    } catch (IOException e) {
      stop(e);
    }
  }

  private String spare(int number) {
    return options.directory() + "/" + SegmentFormat.spareName(number);
  }

  private void deleteSpares() {
    while (!spares.isEmpty()) {
      delete(spare(spares.poll()));
    }
  }

  /** Syncs what was given so far and ends; completes on the writer. */
  public CompletableFuture<Void> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    writer.execute(
        () -> {
          try {
            takeAll();
            if (!stopped && file != null) {
              commitNow(true);
              mark(SegmentFormat.END_MARK);
              commitNow(true);
              file.close();
            }
            stopped = true;
            closed.complete(null);
          } catch (IOException e) {
            closed.completeExceptionally(e);
          }
        });
    return closed;
  }

  private void append(LaneLog.Burst burst) {
    if (stopped) {
      burst.complete(new IOException("the commit log is closed"));
      return;
    }
    if (full) {
      burst.complete(new DiskFullException(options.directory(), null));
      return;
    }
    waiting.add(burst);
    burst.end = Long.MAX_VALUE;
    try {
      if (synced > marked) {
        mark(SegmentFormat.SYNC_MARK);
      }
      int lane = burst.lane();
      for (int i = 0; i < burst.size(); i++) {
        byte[] update = burst.update(i);
        crc.reset();
        crc.update(update, 0, update.length);
        int updateCrc = (int) crc.getValue();
        putHeader(update.length, lane, burst.number(i), updateCrc);
        put(update);
        segment.holds(burst.table(i), burst.number(i));
      }
      burst.end = appended + buffer.position();
    } catch (IOException e) {
      failed(e);
      return;
    }
  }

  /** Says in the log how much of it is on disk, so that damage there is never taken for a tail. */
  private void mark(int kind) throws IOException {
    putHeader(kind, 0, synced, 0);
    marked = synced;
  }

  private void putHeader(int length, int lane, long number, int updateCrc) throws IOException {
    SegmentFormat.recordHeader(crc, salt, length, lane, number, updateCrc, header);
    put(header);
  }

  private void put(byte[] bytes) throws IOException {
    if (bytes.length > buffer.remaining()) {
      write();
    }
    if (bytes.length > buffer.capacity()) {
      file.append(ByteBuffer.wrap(bytes));
      appended = file.size();
    } else {
      buffer.put(bytes);
    }
  }

  private void write() throws IOException {
    if (buffer.position() > 0) {
      buffer.flip();
      try {
        file.append(buffer);
        appended = file.size();
      } finally {
        buffer.clear();
      }
    }
  }

  private void commit() {
    takeAll();
    if (!stopped && !full) {
      commitGroup();
    }
    groups.committed();
  }

  private void commitGroup() {
    try {
      boolean lags =
          clock.nanoTime() - lastSyncNanos > options.periodNanos() + options.periodNanos() / 2;
      commitNow(!options.acknowledgeUnsynced() || lags);
      if (appended >= options.segmentBytes()) {
        roll();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void commitNow(boolean sync) throws IOException {
    write();
    if (sync) {
      sync();
    } else if (!periodRuns) {
      periodRuns = true;
      writer.schedule(options.periodNanos(), this::period);
    }
    complete(sync ? synced : appended);
  }

  private void sync() throws IOException {
    if (synced < appended) {
      long began = clock.nanoTime();
      try {
        file.sync();
      } catch (IOException e) {
        stop(e);
        throw e;
      }
      Activity before = activity;
      activity =
          new Activity(
              earlierBytes + closedBytes() + appended,
              before.syncs() + 1,
              before.syncNanos() + clock.nanoTime() - began,
              before.appendedBytes() + appended - synced);
      synced = appended;
    }
    lastSyncNanos = clock.nanoTime();
  }

  private void period() {
    periodRuns = false;
    if (!stopped && !full) {
      try {
        write();
        sync();
        complete(synced);
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void complete(long end) {
    while (!waiting.isEmpty() && waiting.peek().end <= end) {
      waiting.poll().complete(null);
    }
  }

  private void failAll(Throwable cause) {
    while (!waiting.isEmpty()) {
      waiting.poll().complete(cause);
    }
  }

  /** Ends the segment, which is on disk as a whole, and says so, before the next one exists. */
  private void roll() throws IOException {
    sync();
    mark(SegmentFormat.SYNC_MARK);
    write();
    sync();
    file.close();
    beginSegment(segment.id, synced);
    deleteClean();
    if (earlierBytes + closedBytes() > options.totalBytes()) {
      Segment oldest = segments.peekFirst();
      oldest.dirty.keySet().forEach(flush);
    }
  }

  /** What the segments of this run take, without the one that is written. */
  private long closedBytes() {
    long total = 0;
    for (Segment s : segments) {
      total += s.bytes;
    }
    return total;
  }

  private void beginSegment(long previousId, long previousBytes) throws IOException {
    if (segment != null) {
      segment.bytes = appended;
    }
    long id = nextId++;
    long saltNumber = random.nextLong();
    String path = options.directory() + "/" + SegmentFormat.name(id);
    byte[] bytes =
        new SegmentFormat.Header(id, run, saltNumber, previousId, previousBytes).encode();
    file = spares.isEmpty() ? newFile(path, bytes) : reusedFile(spare(spares.poll()), path, bytes);
    salt = SegmentFormat.saltBytes(saltNumber);
    segment = new Segment(id, path);
    segments.add(segment);
    appended = file.size();
    synced = appended;
    marked = appended;
    buffer.clear();
  }

  private AppendFile newFile(String path, byte[] headerBytes) throws IOException {
    AppendFile created = files.create(path);
    try {
      created.append(ByteBuffer.wrap(headerBytes));
      created.sync();
      files.syncDirectory(options.directory());
      return created;
    } catch (IOException e) {
      created.close();
      files.delete(path);
      throw e;
    }
  }

  private AppendFile reusedFile(String spare, String path, byte[] headerBytes) throws IOException {
    // A crash may give the spare the name back that it had as a segment, with whose id it then has
    // to begin, until its new name is durable.
    files.syncDirectory(options.directory());
    AppendFile reused = files.reuse(spare);
    String name = spare;
    try {
      reused.append(ByteBuffer.wrap(headerBytes));
      reused.sync();
      files.rename(spare, path);
      name = path;
      files.syncDirectory(options.directory());
      return reused;
    } catch (IOException e) {
      reused.close();
      files.delete(name);
      throw e;
    }
  }

  /** A write failed: for lack of space the log waits for some, else the node has to stop. */
  private void failed(IOException cause) {
    if (!(cause instanceof DiskFullException) || stopped) {
      stop(cause);
      return;
    }
    full = true;
    segment.cutShort = true;
    buffer.clear();
    deleteSpares();
    try {
      sync();
      complete(synced);
    } catch (IOException e) {
      stop(e);
      return;
    }
    failAll(cause);
    writer.schedule(FULL_RETRY_NANOS, this::tryAgain);
  }

  private void tryAgain() {
    if (stopped) {
      return;
    }
    try {
      if (files.usableBytes(options.directory()) >= options.segmentBytes()) {
        AppendFile old = file;
        beginSegment(segment.id, synced);
        old.close();
        full = false;
        deleteClean();
        return;
      }
    } catch (DiskFullException e) {
      failAll(e);
    } catch (IOException e) {
      stop(e);
      return;
    }
    writer.schedule(FULL_RETRY_NANOS, this::tryAgain);
  }

  private void stop(Throwable cause) {
    if (!stopped) {
      stopped = true;
      failAll(cause);
      fatal.accept(cause);
    }
  }
}

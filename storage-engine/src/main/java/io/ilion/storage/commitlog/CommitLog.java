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
  private static final int MOST_BUFFER_BYTES = 256 << 10;
  private static final long FULL_RETRY_NANOS = 500_000_000L;

  private final CommitLogOptions options;
  private final Files files;
  private final Clock clock;
  private final Consumer<Throwable> fatal;
  private final Consumer<LogTable> flush;
  private final Lane writer;
  private final SegmentFiles segmentFiles;
  private final Groups groups;
  private final LaneLog[] lanes;
  private volatile boolean full;
  private volatile Activity activity = new Activity(0, 0, 0, 0);

  // All that follows is the writer's.
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final ArrayDeque<LaneLog.Burst> waiting = new ArrayDeque<>();
  private final List<String> earlier = new ArrayList<>();

  private final CRC32C crc = new CRC32C();
  private final byte[] header = new byte[SegmentFormat.RECORD_HEADER_BYTES];
  private final ByteBuffer buffer;
  private long earlierBytes;
  private Segment segment;
  private AppendFile file;
  private byte[] salt;

  /** The bytes of the segment that were appended whole, and those of them that are synced. */
  private long appended;

  private long synced;

  /** Where the last record that was put ends; where the last ends that was appended whole. */
  private long recordsEnd;

  private long wholeRecordsEnd;
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
    this.flush = flush;
    this.fatal = fatal;
    buffer =
        ByteBuffer.allocateDirect(Math.clamp(options.segmentBytes() / 4, 64, MOST_BUFFER_BYTES));
    long firstId = 0;
    for (long id : found.segmentIds()) {
      earlier.add(options.directory() + "/" + SegmentFormat.name(id));
      firstId = id + 1;
    }
    earlierBytes = found.bytes();
    lanes = new LaneLog[scheduler.laneCount()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new LaneLog(scheduler.lane(i), this);
    }
    lastSyncNanos = clock.nanoTime();
    writer = scheduler.blockingLane("commitlog");
    segmentFiles =
        new SegmentFiles(
            options.directory(),
            files,
            clock,
            random,
            run,
            writer,
            scheduler.blockingLane("commitlog-files"),
            this::stop);
    begin(segmentFiles.first(firstId));
    groups = new Groups(writer, clock, options.groupWindowNanos(), options.gathers(), this::commit);
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
          earlier.forEach(segmentFiles::delete);
          earlier.clear();
          earlierBytes = 0;
        });
  }

  /**
   * Lets go of what is needed no more, but of none before all that the ones before it say counts.
   */
  private void deleteClean() {
    for (Iterator<Segment> i = segments.iterator(); i.hasNext(); ) {
      Segment s = i.next();
      if (!s.ended) {
        return;
      }
      if (s.dirty.isEmpty()) {
        if (full) {
          segmentFiles.delete(s.path);
        } else {
          segmentFiles.retire(s);
        }
        i.remove();
      }
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
            segmentFiles.close(closed);
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
        recordsEnd = appended + buffer.position();
        segment.holds(burst.table(i), burst.number(i));
      }
      burst.end = appended + buffer.position();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
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
    wholeRecordsEnd = recordsEnd;
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
      if (appended >= options.segmentBytes() / 2) {
        prepareNext();
        if (appended >= options.segmentBytes() && segmentFiles.isReady()) {
          roll();
        }
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
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
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
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

  private void prepareNext() {
    if (!segmentFiles.isReady() && !segmentFiles.isPreparing()) {
      segmentFiles.prepareBehind(segment.id);
    }
  }

  /**
   * Goes on in the next segment. This one is on disk as a whole: the first record of the next one
   * says so, and a mark at its own end, for which nobody waits.
   */
  private void roll() throws IOException {
    sync();
    long whole = synced;
    mark(SegmentFormat.SYNC_MARK);
    write();
    Segment ended = segment;
    segmentFiles.end(
        file,
        () -> {
          ended.ended = true;
          deleteClean();
        });
    beginNext(whole);
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

  /** Goes on in the segment that is ready; so many bytes of the one before it count. */
  private void beginNext(long previousBytes) throws IOException {
    segment.bytes = appended;
    begin(segmentFiles.take());
    putHeader(SegmentFormat.START_MARK, 0, previousBytes, 0);
  }

  private void begin(SegmentFiles.Ready ready) {
    file = ready.file();
    salt = ready.salt();
    segment = new Segment(ready.id(), ready.path());
    segments.add(segment);
    appended = file.size();
    synced = appended;
    marked = appended;
    recordsEnd = appended;
    wholeRecordsEnd = appended;
    buffer.clear();
  }

  /**
   * A write failed: for lack of space the log waits for some, else the node has to stop. Also if
   * there was no memory for it: whoever waits is told, and nobody would ever write again.
   */
  private void failed(Throwable cause) {
    if (!(cause instanceof DiskFullException) || stopped) {
      stop(cause);
      return;
    }
    full = true;
    segment.cutShort = true;
    buffer.clear();
    segmentFiles.deleteSpares();
    try {
      sync();
    } catch (IOException e) {
      stop(e);
      return;
    }
    // The last thing that was appended may be the beginning of a record: it does not count.
    appended = wholeRecordsEnd;
    synced = wholeRecordsEnd;
    complete(synced);
    failAll(cause);
    writer.schedule(FULL_RETRY_NANOS, this::tryAgain);
  }

  private void tryAgain() {
    if (stopped) {
      return;
    }
    prepareNext();
    try {
      if (segmentFiles.isReady()
          && files.usableBytes(options.directory()) >= options.segmentBytes()) {
        file.close();
        segment.ended = true;
        beginNext(synced);
        full = false;
        deleteClean();
        return;
      }
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

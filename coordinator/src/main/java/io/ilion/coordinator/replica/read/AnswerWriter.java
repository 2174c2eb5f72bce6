package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.MemoryShare;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.type.ByteSink;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.util.Arrays;
import java.util.UUID;

/**
 * Writes what a read finds as an answer, and ends it at its limits. The layout stands at {@link
 * ReplicaAnswer}.
 */
final class AnswerWriter implements RowSink {
  /** So many bytes of an answer are not worth counting. */
  private static final int UNCOUNTED_BYTES = 4 << 10;

  /** While it grows: its buffers grow by copying, and what it takes is counted before. */
  private static final int GROWTH = 4;

  private final UUID table;
  private final boolean reversed;
  private final int mostRows;
  private final int perPartition;
  private final int mostBytes;
  private final long nowSeconds;
  private final Callback done;
  private final Buffers buffers;
  private final UpdateWriter update;
  private final ByteSink out;

  /** Where the answer is counted, or null. */
  private final MemoryShare memory;

  /** What was taken there. */
  private long held;

  private int rows;
  private int inPartition;
  private boolean staticIsLive;

  /** The end (in the direction of the read) of an open range deletion where it began. */
  private byte[] openedAt;

  private Deletion open = Deletion.NONE;
  private boolean progressed;

  /** Where the partition was cut off, or null. */
  private byte[] bound;

  private boolean stopped;

  /**
   * An answer with the limits of a command.
   *
   * @param done told of the end of the read, on its lane
   */
  AnswerWriter(ReplicaRead read, Callback done) {
    this(read, new Buffers(), null, done);
  }

  /**
   * The same, written with buffers that nobody else uses until it is written.
   *
   * @param memory where it takes its bytes, or null; who is told of the end gives them back
   */
  AnswerWriter(ReplicaRead read, Buffers buffers, MemoryShare memory, Callback done) {
    this(read, read.rows(), read.perPartition(), read.bytes(), buffers, memory, done);
  }

  /** An answer to a command without its limits, by one who knows when it is over. */
  static AnswerWriter unlimited(ReplicaRead read) {
    int none = Integer.MAX_VALUE;
    return new AnswerWriter(read, none, none, none, new Buffers(), null, (answer, failure) -> {});
  }

  private AnswerWriter(
      ReplicaRead read,
      int mostRows,
      int perPartition,
      int mostBytes,
      Buffers buffers,
      MemoryShare memory,
      Callback done) {
    this.buffers = buffers;
    this.memory = memory;
    this.update = buffers.update;
    this.out = buffers.out;
    this.table = read.command().tableId();
    this.reversed = read.command().reversed();
    this.mostRows = mostRows;
    this.perPartition = perPartition;
    this.mostBytes = mostBytes;
    this.nowSeconds = read.nowSeconds();
    this.done = done;
    out.writeByte(ReplicaAnswer.VERSION);
  }

  /** What an answer is written with. */
  static final class Buffers {
    private final UpdateWriter update = new UpdateWriter();
    private final ByteSink out = new ByteSink(1024);
  }

  /** The buffers that a lane writes one answer after the other with. Owned by the lane. */
  static final class SpareBuffers {
    private static final int MOST_BYTES = 64 << 10;

    private Buffers spare;

    /** Gives buffers away, until they are given back. */
    Buffers take() {
      Buffers taken = spare == null ? new Buffers() : spare;
      spare = null;
      return taken;
    }

    /** Takes those of an answer that is written. */
    void giveBack(AnswerWriter answer) {
      Buffers used = answer.buffers;
      if (used.update.capacity() + used.out.array().length <= MOST_BYTES) {
        used.out.clear();
        spare = used;
      }
    }
  }

  /** Counts what was written, a few times while it grows. */
  private void count() {
    long size = (long) out.size() + update.size();
    if (memory != null && size > UNCOUNTED_BYTES && size * 2 > held) {
      long before = held;
      held = size * GROWTH;
      if (!memory.take(held - before)) {
        throw new OverloadedException("the answers to other nodes take too much memory");
      }
    }
  }

  /**
   * The answer is over: of what was taken so much is kept, and the rest given back.
   *
   * @return what was kept, for the caller to give back
   */
  long keep(int bytes) {
    long kept = Math.min(held, bytes);
    if (held > kept) {
      memory.giveBack(held - kept);
    }
    held = 0;
    return kept;
  }

  /** The answer is not wanted. */
  void release() {
    if (held > 0) {
      memory.giveBack(held);
      held = 0;
    }
  }

  private boolean isFull() {
    return rows >= mostRows || out.size() + update.size() >= mostBytes;
  }

  @Override
  public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    update.begin(table, partitionKey);
    if (!deletion.isNone()) {
      update.partitionDeletion(deletion.timestamp(), deletion.localSeconds());
    }
    inPartition = 0;
    staticIsLive = false;
    openedAt = null;
    open = Deletion.NONE;
    progressed = false;
    bound = null;
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    staticIsLive = row.isLive(nowSeconds);
    update.staticRow(row.array(), row.imageOffset(), row.imageLength());
    count();
    return true;
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    update.row(keyArray, keyOffset, keyLength, row.array(), row.imageOffset(), row.imageLength());
    progressed = true;
    count();
    if (row.isLive(nowSeconds)) {
      rows++;
      inPartition++;
    }
    if (inPartition < perPartition && !isFull()) {
      return true;
    }
    byte[] key = Arrays.copyOfRange(keyArray, keyOffset, keyOffset + keyLength);
    cut(reversed ? key : Slices.behind(key));
    return false;
  }

  @Override
  public boolean wantsMarkers() {
    return true;
  }

  @Override
  public boolean marker(RowCursor at) {
    byte[] position =
        Arrays.copyOfRange(at.keyArray(), at.keyOffset(), at.keyOffset() + at.keyLength());
    close(position);
    count();
    Deletion opens = reversed ? at.before() : at.after();
    if (progressed && isFull()) {
      cut(position);
      return false;
    }
    if (!opens.isNone()) {
      openedAt = position;
      open = opens;
    }
    return true;
  }

  /** Ends the open range deletion, if there is one. */
  private void close(byte[] position) {
    if (openedAt == null) {
      return;
    }
    byte[] start = reversed ? position : openedAt;
    byte[] end = reversed ? openedAt : position;
    if (Arrays.compareUnsigned(start, end) < 0) {
      update.rangeDeletion(start, end, open.timestamp(), open.localSeconds());
      progressed = true;
    }
    openedAt = null;
    open = Deletion.NONE;
  }

  /** Leaves out what lies behind a position of the partition, in the direction of the read. */
  void cut(byte[] position) {
    close(position);
    bound = position;
  }

  @Override
  public boolean endOfPartition() {
    if (inPartition == 0 && staticIsLive) {
      rows++;
    }
    if (bound == null) {
      out.writeByte(ReplicaAnswer.WHOLE);
    } else {
      out.writeByte(ReplicaAnswer.CUT);
      out.writeInt(bound.length);
      out.writeBytes(bound);
    }
    int length = update.end();
    out.writeInt(length);
    int at = out.extend(length);
    update.copyTo(out.array(), at);
    count();
    stopped = rows >= mostRows || out.size() >= mostBytes;
    return !stopped;
  }

  /** Whether the read ended at a limit, and not since there was nothing more. */
  boolean isStopped() {
    return stopped;
  }

  /**
   * The answer; nothing can be added.
   *
   * @param endsEarly whether there may be more behind the last partition
   */
  byte[] toByteArray(boolean endsEarly) {
    end(endsEarly);
    return out.toByteArray();
  }

  /** The digest of the answer; nothing can be added. */
  byte[] digest(boolean endsEarly) {
    end(endsEarly);
    return ReplicaAnswer.digest(out.array(), 0, out.size());
  }

  private void end(boolean endsEarly) {
    out.writeByte(endsEarly ? ReplicaAnswer.STOPPED : ReplicaAnswer.EXHAUSTED);
  }

  @Override
  public void finished() {
    done.done(this, null);
  }

  @Override
  public void failed(Throwable cause) {
    done.done(this, cause);
  }

  /** Told once how the read ended. */
  interface Callback {
    /** The failure is null if it ended well. */
    void done(AnswerWriter answer, Throwable failure);
  }
}

package io.ilion.storage.commitlog;

import io.ilion.runtime.Lane;
import io.ilion.storage.LaneStore.WriteCallback;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The end of the commit log on one lane. Records that come in one go of the lane travel to the
 * writer as one burst, and their callbacks come back as one task.
 */
public final class LaneLog {
  private static final int KEPT_CAPACITY = 1024;

  private final Lane lane;
  private final CommitLog log;
  private final Runnable handOver = this::handOver;
  private Burst filling = new Burst();
  private Burst spare;
  private long number;
  private long settled;
  private long lastFailed = -1;
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiting::number));

  /** Who waits for the record of a number and all before it. */
  private record Waiting(long number, WriteCallback done) {}

  LaneLog(Lane lane, CommitLog log) {
    this.lane = lane;
    this.log = log;
  }

  /** Whether the disk has no space for the log; then nothing must be appended. */
  public boolean isFull() {
    return log.isFull();
  }

  /** The number that the next record gets; numbers begin at 1. */
  public long nextNumber() {
    return number + 1;
  }

  /**
   * Appends a record.
   *
   * @param update kept until it is written
   * @param done called on this lane when the record is durable by the log's mode, or failed
   */
  public void append(LogTable table, byte[] update, WriteCallback done) {
    if (filling.size == 0) {
      lane.execute(handOver);
    }
    filling.add(table, update, ++number, done);
  }

  /** The number of the last record that could not be made durable, or -1. */
  public long lastFailed() {
    return lastFailed;
  }

  /**
   * Calls back on this lane when the record of a number and all before it are durable, or have
   * failed.
   */
  public void awaitDurable(long upTo, WriteCallback done) {
    if (settled >= upTo) {
      done.done(null);
    } else {
      waiting.add(new Waiting(upTo, done));
    }
  }

  private void handOver() {
    Burst burst = filling;
    filling = spare == null ? new Burst() : spare;
    spare = null;
    log.take(burst);
  }

  /** Records on their way to the writer and back. */
  final class Burst implements Runnable {
    private LogTable[] tables = new LogTable[16];
    private byte[][] updates = new byte[16][];
    private long[] numbers = new long[16];
    private WriteCallback[] callbacks = new WriteCallback[16];
    private int size;

    /** Where its last record ends in the segment; the writer's. */
    long end;

    private Throwable failure;

    private void add(LogTable table, byte[] update, long recordNumber, WriteCallback done) {
      if (size == updates.length) {
        tables = Arrays.copyOf(tables, size * 2);
        updates = Arrays.copyOf(updates, size * 2);
        numbers = Arrays.copyOf(numbers, size * 2);
        callbacks = Arrays.copyOf(callbacks, size * 2);
      }
      tables[size] = table;
      updates[size] = update;
      numbers[size] = recordNumber;
      callbacks[size] = done;
      size++;
    }

    int size() {
      return size;
    }

    LogTable table(int index) {
      return tables[index];
    }

    byte[] update(int index) {
      return updates[index];
    }

    long number(int index) {
      return numbers[index];
    }

    int lane() {
      return lane.index();
    }

    /** Sends the burst home; the writer does not touch it again. */
    void complete(Throwable cause) {
      failure = cause;
      lane.execute(this);
    }

    /** Calls back, on the lane. */
    @Override
    public void run() {
      Throwable cause = failure;
      int count = size;
      RuntimeException thrown = null;
      for (int i = 0; i < count; i++) {
        WriteCallback callback = callbacks[i];
        callbacks[i] = null;
        tables[i] = null;
        updates[i] = null;
        try {
          callback.done(cause);
        } catch (RuntimeException e) {
          thrown = e;
        }
      }
      settled = numbers[count - 1];
      if (cause != null) {
        lastFailed = settled;
      }
      size = 0;
      failure = null;
      while (!waiting.isEmpty() && waiting.peek().number <= settled) {
        try {
          waiting.poll().done.done(cause);
        } catch (RuntimeException e) {
          thrown = e;
        }
      }
      if (updates.length <= KEPT_CAPACITY) {
        spare = this;
      }
      if (thrown != null) {
        throw thrown;
      }
    }
  }
}

package io.ilion.storage;

/** What one lane owns of the node's data. Every method is called on that lane only. */
public interface LaneStore {

  /**
   * Applies an update whose partition this lane owns: it is visible to reads at once, unless it has
   * to wait for memory, and durable when the callback says so.
   *
   * @param token of the update's partition key
   * @param update as {@code io.ilion.model.data.UpdateReader} lays it out; the array is kept and
   *     must not change
   * @param done is called on this lane: with null when the update is durable by the rule of the
   *     commit log's sync mode, else with the reason why it was refused or failed: {@link
   *     UnknownTableException}, {@link OverloadedException}, {@code DiskFullException}, or what
   *     became of the commit log
   * @return false if the update waits, so that reads do not see it before the callback is called
   */
  boolean apply(long token, byte[] update, WriteCallback done);

  /**
   * Runs a task when no update waits any more of those that wait for memory now; at once if none
   * does. Who has to see what was given to this lane before reads in that task.
   */
  void afterWaiting(Runnable task);

  /**
   * Calls back when everything that reads of this lane see now is durable, by the same rule; at
   * once if it is already. Who tells what a read saw and must not be contradicted by a crash, waits
   * for this.
   */
  void awaitDurable(WriteCallback done);

  /** As above, for who has read a partition of this token only: then other writes do not matter. */
  void awaitDurable(long token, WriteCallback done);

  /**
   * Reads; the sink is called on this lane, maybe before this method returns. It is told of a
   * failure by {@link RowSink#failed}: {@link UnknownTableException}, {@link OverloadedException},
   * {@code CorruptDataException} if a block is damaged, or an {@link java.io.UncheckedIOException}.
   */
  void read(ReadCommand command, RowSink sink);

  /**
   * Reads one row for an answer that is compared with those of other replicas: the same data gives
   * the same, whatever files it is in. A row is settled if it was inserted and has a value in every
   * column of the command, and neither ever expires. Then it is given with no more than that, which
   * is there to see before older files are looked into; else the partition is read as by {@link
   * #read}, with nothing left out.
   *
   * @param command of one row, with columns
   */
  void readSettled(ReadCommand command, RowSink sink);

  /** How many files the read that began last has to ask, for those who watch. */
  int filesOfLastRead();

  /**
   * What a read would have to look into, by what is known without reading: for those who explain.
   *
   * @return null if there is no such table
   */
  ReadForecast forecast(ReadCommand command);

  /** Told the outcome of a write. */
  @FunctionalInterface
  interface WriteCallback {
    /** Null for success. */
    void done(Throwable failure);
  }
}

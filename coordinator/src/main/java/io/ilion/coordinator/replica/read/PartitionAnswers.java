package io.ilion.coordinator.replica.read;

import io.ilion.model.data.CorruptDataException;
import io.ilion.storage.LaneStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads some rows of one partition without limits, for those who carry the answers in messages of
 * their own.
 */
public final class PartitionAnswers {
  private static final int MOST_BYTES = 16 << 20;

  private final ReplicaRead read;

  /** Reads of rows of a partition. */
  public PartitionAnswers(UUID table, byte[] key, long token, Slices slices) {
    read =
        new ReplicaRead(
            ReadCommand.partition(table, key, token, slices, false),
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            MOST_BYTES,
            0,
            false);
  }

  /**
   * Reads what this node has.
   *
   * @param store of the lane that owns the partition, on that lane
   */
  public void read(LaneStore store, Callback callback) {
    store.read(
        read.command(),
        new AnswerWriter(
            read,
            (answer, failure) -> {
              if (failure != null) {
                callback.done(null, failure);
              } else if (answer.isStopped()) {
                callback.done(
                    null, new IllegalStateException("the rows take more than " + MOST_BYTES));
              } else {
                callback.done(answer.toByteArray(false), null);
              }
            }));
  }

  /**
   * Gives a sink what several replicas have together.
   *
   * @param answers of {@link #read} for the same rows
   * @throws CorruptDataException if one of them is none
   */
  public void merge(List<byte[]> answers, RowSink sink) {
    List<ReplicaAnswer> decoded = new ArrayList<>(answers.size());
    for (byte[] answer : answers) {
      ReplicaAnswer one = ReplicaAnswer.decode(ByteBuffer.wrap(answer), read);
      if (one.isStopped()) {
        throw new CorruptDataException("an answer that is not whole");
      }
      decoded.add(one);
    }
    ReplicaAnswer merged =
        decoded.size() == 1 ? decoded.get(0) : AnswerMerger.merge(read, decoded).answer();
    PartitionFeed feed = new PartitionFeed(sink);
    for (AnswerPartition partition : merged.partitions()) {
      if (feed.begin(partition)) {
        feed.give(partition);
      }
      feed.end();
    }
    sink.finished();
  }

  /** Told what was read. */
  public interface Callback {
    /** One of the two is null. */
    void done(byte[] answer, Throwable failure);
  }
}

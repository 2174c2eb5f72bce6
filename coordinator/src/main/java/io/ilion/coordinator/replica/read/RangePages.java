package io.ilion.coordinator.replica.read;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Everything that one replica has of a table in a range of tokens, deletions included, page by
 * page. Where it stands is known here alone, so a page that was lost is asked for again, also of
 * another replica. Of one lane.
 */
public final class RangePages {
  /** Leaves nothing out. */
  public static final long PURGE_NOTHING = Long.MIN_VALUE;

  private final Messenger messenger;
  private final UUID table;
  private final Slices slices;
  private final int pageBytes;
  private final long purgeBeforeSeconds;
  private final long end;

  /** What is asked for next; null when everything was given. */
  private ReadCommand next;

  /** Where to go on behind a partition that comes in pieces; null if none does. */
  private PartitionRange behind;

  /** What an empty table would have to be given to have the same. */
  public record Update(long token, byte[] bytes) {}

  /** Told of a page. */
  public interface Callback {
    /** The page arrived; maybe there are more. */
    void page(List<Update> updates);

    /** There was no answer; the same page may be asked for again. */
    void failed(FailureReason reason);

    /**
     * The replica cannot read what it has; the same page may be asked for of another one.
     *
     * @param what the file, and what is wrong with it
     */
    default void damaged(String what) {
      failed(FailureReason.UNKNOWN);
    }
  }

  /**
   * Stands at the beginning.
   *
   * @param slices of each partition
   * @param range that does not wrap
   * @param pageBytes after about so many a page ends
   * @param purgeBeforeSeconds what was deleted or has expired before this second is left out
   */
  public RangePages(
      Messenger messenger,
      UUID table,
      Slices slices,
      TokenRange range,
      int pageBytes,
      long purgeBeforeSeconds) {
    this.purgeBeforeSeconds = purgeBeforeSeconds;
    this.messenger = messenger;
    this.table = table;
    this.slices = slices;
    this.pageBytes = pageBytes;
    end = range.end();
    next = ReadCommand.range(table, new PartitionRange(range.start() + 1, null, true, end), slices);
  }

  /** The parts of a range that do not wrap: one or two, in the order of tokens. */
  public static List<TokenRange> parts(TokenRange range) {
    if (!range.wraps()) {
      return List.of(range);
    }
    List<TokenRange> parts = new ArrayList<>(2);
    if (range.end() > Long.MIN_VALUE) {
      parts.add(new TokenRange(Long.MIN_VALUE, range.end()));
    }
    if (range.start() < Long.MAX_VALUE) {
      parts.add(new TokenRange(range.start(), Long.MAX_VALUE));
    }
    return parts;
  }

  /** Whether everything was given. */
  public boolean isOver() {
    return next == null;
  }

  /** The token up to which everything was given, exclusive. */
  public long position() {
    if (next == null) {
      return end;
    }
    return next.partitionKey() == null ? next.range().startToken() : next.token();
  }

  /**
   * A page as it arrived.
   *
   * @param goesOn whether the last partition goes on in the next page
   */
  record Page(List<AnswerPartition> partitions, long bytes, boolean goesOn) {}

  /** Told of a page as it arrived. */
  interface PageCallback {
    void page(Page page);

    void failed(FailureReason reason);

    void damaged(String what);
  }

  /** Asks a replica for the next page; on a lane, which is told. */
  public void next(NodeAddress from, long timeoutNanos, Callback callback) {
    ask(
        from,
        timeoutNanos,
        callback::failed,
        callback::damaged,
        (payload, answer) -> {
          List<Update> updates = updates(payload, answer);
          advance(answer);
          callback.page(updates);
        });
  }

  /** As {@link #next}, for whoever walks over the rows. */
  void nextPage(NodeAddress from, long timeoutNanos, PageCallback callback) {
    ask(
        from,
        timeoutNanos,
        callback::failed,
        callback::damaged,
        (payload, answer) -> {
          advance(answer);
          boolean goesOn = next != null && next.partitionKey() != null;
          callback.page(new Page(answer.partitions(), payload.remaining(), goesOn));
        });
  }

  private void ask(
      NodeAddress from,
      long timeoutNanos,
      Consumer<FailureReason> failed,
      Consumer<String> damaged,
      BiConsumer<ByteBuffer, ReplicaAnswer> arrived) {
    ReplicaRead read =
        new ReplicaRead(
            next.purged(purgeBeforeSeconds),
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            pageBytes,
            0,
            true);
    messenger.request(
        from,
        Verb.STREAM_PART,
        read.token(),
        payload(read),
        timeoutNanos,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress answering, ByteBuffer payload) {
            String damage = ReplicaAnswer.damage(payload);
            if (damage != null) {
              damaged.accept(damage);
              return;
            }
            ReplicaAnswer answer;
            try {
              answer = ReplicaAnswer.decode(payload.duplicate(), read);
            } catch (CorruptDataException e) {
              failed.accept(FailureReason.UNKNOWN);
              return;
            }
            arrived.accept(payload, answer);
          }

          @Override
          public void failed(NodeAddress asked, FailureReason reason) {
            failed.accept(reason);
          }
        });
  }

  private static byte[] payload(ReplicaRead read) {
    ByteSink out = new ByteSink();
    read.encode(out);
    return out.toByteArray();
  }

  private void advance(ReplicaAnswer answer) {
    AnswerPartition last = answer.partitions().isEmpty() ? null : answer.last();
    if (last != null && last.bound != null) {
      Slices left = PartitionRead.behind(slices, last.bound, false);
      if (next.partitionKey() == null) {
        behind = new PartitionRange(last.token, last.key, false, end);
      }
      if (!left.intervals().isEmpty()) {
        next = ReadCommand.partition(table, last.key, last.token, left, false);
        return;
      }
    }
    if (behind != null) {
      next = ReadCommand.range(table, behind, slices);
      behind = null;
    } else if (answer.isStopped() && next.partitionKey() == null) {
      next = ReadCommand.range(table, new PartitionRange(last.token, last.key, false, end), slices);
    } else {
      next = null;
    }
  }

  /** The updates of an answer that was found to be sound. */
  private static List<Update> updates(ByteBuffer payload, ReplicaAnswer answer) {
    byte[] array = new byte[payload.remaining()];
    payload.get(array);
    List<Update> updates = new ArrayList<>(answer.partitions().size());
    int at = 1;
    for (AnswerPartition partition : answer.partitions()) {
      if (array[at++] == ReplicaAnswer.CUT) {
        at += Integer.BYTES + Bytes.getInt(array, at);
      }
      int length = Bytes.getInt(array, at);
      at += Integer.BYTES;
      updates.add(new Update(partition.token, Arrays.copyOfRange(array, at, at + length)));
      at += length;
    }
    return updates;
  }
}

package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.MemoryShare;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.LaneStore;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.ReadForecast;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.UnknownTableException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what coordinators ask of this node as a replica. */
public final class ReadService {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReadService.class);

  /** What a message has around an answer, at most. */
  private static final int HEADER_BYTES = 1024;

  private final StorageEngine engine;
  private final Scheduler scheduler;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final StreamThroughput throughput;
  private final Clock clock;
  private final MemoryPool answers;
  private final AnswerWriter.SpareBuffers[] buffers;
  private final DamageReports reports;

  /**
   * A service over an engine whose lanes are the scheduler's.
   *
   * @param schema that belongs to the view's epoch or a later one
   * @param throughput of what others fetch
   * @param answers what the answers to coordinators are taken from until they are sent
   */
  public ReadService(
      StorageEngine engine,
      Scheduler scheduler,
      ClusterView view,
      Supplier<Schema> schema,
      StreamThroughput throughput,
      Clock clock,
      MemoryPool answers) {
    this.answers = answers;
    this.engine = engine;
    this.scheduler = scheduler;
    this.view = view;
    this.schema = schema;
    this.throughput = throughput;
    this.clock = clock;
    this.reports =
        new DamageReports(
            scheduler.lane(0),
            line -> LOGGER.error("others cannot read what is damaged here: {}", line));
    this.buffers = new AnswerWriter.SpareBuffers[scheduler.laneCount()];
    Arrays.setAll(buffers, lane -> new AnswerWriter.SpareBuffers());
  }

  /** Takes the requests of a messenger; once, before it is started. */
  public void serve(Messenger messenger) {
    messenger.handle(Verb.READ, (from, payload, reply) -> read(payload, false, reply));
    messenger.handle(Verb.READ_DIGEST, (from, payload, reply) -> read(payload, true, reply));
    messenger.handle(Verb.STREAM_PART, (from, payload, reply) -> part(payload, reply));
  }

  private void read(ByteBuffer payload, boolean digest, Messenger.Reply reply) {
    ReadMessage message;
    try {
      message = ReadMessage.decode(payload);
    } catch (CorruptDataException e) {
      fail(e, reply);
      return;
    }
    if (message.epoch() != view.epoch() && !hasSameReplicas(message)) {
      reply.fail(FailureReason.STALE_EPOCH);
      return;
    }
    if (!view.ownsRanges()) {
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    read(message.read(), message, digest, message.measured() ? new MeasuredReply(reply) : reply);
  }

  /** Gives what is here to whoever fetches it, whether this node is a replica of it or not. */
  private void part(ByteBuffer payload, Messenger.Reply reply) {
    if (!view.ownsRanges()) {
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    try {
      ReplicaRead page = ReplicaRead.decode(payload);
      Messenger.Reply paced = new PacedReply(reply);
      if (page.isRange() && scheduler.laneCount() > 1) {
        readPage(page, paced);
      } else {
        read(page, null, false, paced);
      }
    } catch (CorruptDataException e) {
      fail(e, reply);
    }
  }

  /** Has each lane give its share of a page. */
  private void readPage(ReplicaRead page, Messenger.Reply reply) {
    int lanes = scheduler.laneCount();
    ReplicaRead share =
        new ReplicaRead(
            page.command(),
            page.rows(),
            page.perPartition(),
            StreamPage.laneBytes(page.bytes(), lanes),
            page.nowSeconds(),
            page.durable());
    collect(
        share,
        null,
        reply,
        parts -> answer(StreamPage.join(Arrays.asList(parts)), null, false, reply),
        failure -> fail(failure, reply));
  }

  /** To who profiles a read: says what was looked into. Any lane. */
  private static final class MeasuredReply implements Messenger.Reply {
    private final Messenger.Reply reply;
    private ReadForecast looked = ReadForecast.NOTHING;

    MeasuredReply(Messenger.Reply reply) {
      this.reply = reply;
    }

    synchronized void looksInto(ReadForecast more) {
      looked = looked.plus(more);
    }

    @Override
    public synchronized void answer(byte[] payload) {
      reply.answer(MeasuredAnswer.encode(payload, looked));
    }

    @Override
    public void fail(FailureReason reason) {
      reply.fail(reason);
    }
  }

  /** Before a lane reads: notes what it will look into, if that is asked for. */
  private static void look(LaneStore store, ReplicaRead read, Messenger.Reply reply) {
    if (reply instanceof MeasuredReply measured) {
      ReadForecast known = store.forecast(read.command());
      if (known != null) {
        measured.looksInto(known);
      }
    }
  }

  /** To who streams: lets an answer go when the limit of what others fetch allows it. */
  private final class PacedReply implements Messenger.Reply {
    private final Messenger.Reply reply;

    PacedReply(Messenger.Reply reply) {
      this.reply = reply;
    }

    @Override
    public void answer(byte[] payload) {
      long wait = throughput.waitNanos(payload.length, clock.nanoTime());
      if (wait < 0) {
        reply.fail(FailureReason.OVERLOADED);
      } else if (wait > 0) {
        scheduler.lane(0).schedule(wait, () -> reply.answer(payload));
      } else {
        reply.answer(payload);
      }
    }

    @Override
    public void fail(FailureReason reason) {
      reply.fail(reason);
    }

    /** Who streams asks another replica then, and does not ask again and again. */
    void damaged(Throwable cause) {
      reply.answer(ReplicaAnswer.damaged(cause.getMessage()));
    }
  }

  /** Whether the replicas are still those that the sender knew. */
  private boolean hasSameReplicas(ReadMessage message) {
    Schema now = schema.get();
    UUID id = message.read().command().tableId();
    TableDefinition table = now.table(id);
    KeyspaceDefinition keyspace = table == null ? null : now.keyspace(table.keyspace());
    if (keyspace == null) {
      // If it was not truncated the engine will say that there is no such table.
      return now.truncated(id) == null;
    }
    KeyspaceReplicas replicas = view.replicas(keyspace);
    if (!message.read().isRange()) {
      return isSame(message, replicas.of(message.read().token()));
    }
    PartitionRange range = message.read().command().range();
    boolean same =
        isSame(message, replicas.of(range.startToken()))
            && isSame(message, replicas.of(range.endToken()));
    for (TokenRange part : replicas.ranges()) {
      if (same && part.end() >= range.startToken() && part.end() <= range.endToken()) {
        same = isSame(message, replicas.of(part.end()));
      }
    }
    return same;
  }

  private static boolean isSame(ReadMessage message, ReplicaSet set) {
    return ReadMessage.fingerprint(set) == message.fingerprint();
  }

  /**
   * Reads.
   *
   * @param by the message of whom it has to be known when the answer is given, too; or null: what a
   *     read finds that takes long may have been written by others' newer metadata
   */
  private void read(ReplicaRead read, ReadMessage by, boolean digest, Messenger.Reply reply) {
    if (read.isRange()) {
      readRange(read, by, digest, reply);
      return;
    }
    int index = engine.laneOf(read.command().token());
    onFor(by == null, index, () -> readPartition(index, read, by, digest, reply));
  }

  private void readPartition(
      int index, ReplicaRead read, ReadMessage by, boolean digest, Messenger.Reply reply) {
    MemoryShare memory = memory(by);
    AnswerWriter writer =
        new AnswerWriter(
            read,
            buffers[index].take(),
            memory,
            (answer, failure) -> {
              if (failure != null) {
                answer.release();
                fail(failure, reply);
              } else {
                boolean more = answer.isStopped();
                byte[] bytes = digest ? answer.digest(more) : answer.toByteArray(more);
                buffers[index].giveBack(answer);
                afterSync(index, read, by, bytes, memory, answer.keep(bytes.length), reply);
              }
            });
    look(engine.lane(index), read, reply);
    if (read.isSettled()) {
      engine.lane(index).readSettled(read.command(), writer);
    } else {
      engine.lane(index).read(read.command(), writer);
    }
  }

  private void on(int index, Runnable task) {
    Lane lane = scheduler.lane(index);
    if (lane.isCurrent()) {
      task.run();
    } else {
      lane.execute(task);
    }
  }

  /**
   * Runs a read on a lane. For who streams it begins behind what waits for memory: that may be
   * acknowledged by replicas of before, to who does not know yet who is about to be one.
   */
  private void onFor(boolean streams, int index, Runnable read) {
    on(index, streams ? () -> engine.lane(index).afterWaiting(read) : read);
  }

  private void afterSync(
      int index,
      ReplicaRead read,
      ReadMessage by,
      byte[] bytes,
      MemoryShare memory,
      long kept,
      Messenger.Reply reply) {
    if (!read.durable()) {
      sent(memory, kept);
      answer(bytes, by, false, reply);
      return;
    }
    engine
        .lane(index)
        .awaitDurable(
            read.command().token(),
            failure -> {
              sent(memory, kept);
              if (failure != null) {
                fail(failure, reply);
              } else {
                answer(bytes, by, false, reply);
              }
            });
  }

  /** An answer is with the network, which counts for itself what waits there. */
  private static void sent(MemoryShare memory, long bytes) {
    if (bytes > 0) {
      memory.giveBack(bytes);
    }
  }

  /** Where the answer to a message is counted; null if it is to be no message. */
  private MemoryShare memory(ReadMessage by) {
    return by == null ? null : new MemoryShare(answers);
  }

  /**
   * Lanes own interleaved slices of the ring. Each gives what it has within the limits; together
   * that reaches at least as far as the limits allow, and is then cut to them.
   */
  private void readRange(ReplicaRead read, ReadMessage by, boolean digest, Messenger.Reply reply) {
    collect(
        read,
        memory(by),
        reply,
        parts -> answer(parts.length == 1 ? parts[0] : join(read, parts), by, digest, reply),
        failure -> fail(failure, reply));
  }

  /**
   * Reads on all lanes; tells what each gave, or of a failure.
   *
   * @param memory null for who streams
   */
  private void collect(
      ReplicaRead read,
      MemoryShare memory,
      Messenger.Reply reply,
      Consumer<byte[][]> then,
      Consumer<Throwable> failed) {
    int lanes = scheduler.laneCount();
    byte[][] parts = new byte[lanes][];
    Throwable[] failures = new Throwable[lanes];
    long[] kept = new long[lanes];
    AtomicInteger left = new AtomicInteger(lanes);
    for (int i = 0; i < lanes; i++) {
      int index = i;
      Runnable done =
          () -> {
            if (left.decrementAndGet() == 0) {
              sent(memory, Arrays.stream(kept).sum());
              end(parts, failures, then, failed);
            }
          };
      onFor(
          memory == null,
          index,
          () -> {
            LaneStore store = engine.lane(index);
            look(store, read, reply);
            store.read(
                read.command(),
                new AnswerWriter(
                    read,
                    new AnswerWriter.Buffers(),
                    memory,
                    (answer, failure) -> {
                      failures[index] = failure;
                      parts[index] =
                          failure == null ? answer.toByteArray(answer.isStopped()) : new byte[0];
                      kept[index] = answer.keep(parts[index].length);
                      if (failure != null || !read.durable()) {
                        done.run();
                        return;
                      }
                      store.awaitDurable(
                          notDurable -> {
                            failures[index] = notDurable;
                            done.run();
                          });
                    }));
          });
    }
  }

  private static void end(
      byte[][] parts, Throwable[] failures, Consumer<byte[][]> then, Consumer<Throwable> failed) {
    for (Throwable failure : failures) {
      if (failure != null) {
        failed.accept(failure);
        return;
      }
    }
    try {
      then.accept(parts);
    } catch (RuntimeException e) {
      failed.accept(e);
    }
  }

  private static byte[] join(ReplicaRead read, byte[][] parts) {
    AnswerWriter writer = new AnswerWriter(read, (answer, failure) -> {});
    PartitionFeed feed = new PartitionFeed(writer);
    ReplicaAnswer[] answers = new ReplicaAnswer[parts.length];
    int[] next = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      answers[i] = ReplicaAnswer.decode(ByteBuffer.wrap(parts[i]), read);
    }
    while (true) {
      int first = -1;
      for (int i = 0; i < answers.length; i++) {
        if (next[i] < answers[i].partitions().size()
            && (first < 0
                || answers[i]
                        .partitions()
                        .get(next[i])
                        .compareTo(answers[first].partitions().get(next[first]))
                    < 0)) {
          first = i;
        }
      }
      if (first < 0) {
        return writer.toByteArray(false);
      }
      AnswerPartition partition = answers[first].partitions().get(next[first]++);
      if (feed.begin(partition)) {
        feed.give(partition);
      }
      if (!feed.end()) {
        return writer.toByteArray(true);
      }
    }
  }

  private void answer(byte[] bytes, ReadMessage by, boolean digest, Messenger.Reply reply) {
    if (by != null && by.epoch() != view.epoch() && !hasSameReplicas(by)) {
      reply.fail(FailureReason.STALE_EPOCH);
    } else if (bytes.length > Network.MAX_MESSAGE_BYTES - HEADER_BYTES) {
      fail(new IllegalStateException("a row is too large for a message"), reply);
    } else {
      reply.answer(digest ? ReplicaAnswer.digest(bytes) : bytes);
    }
  }

  /** What says that this node cannot read a file, if a failure is due to that; else null. */
  private static Throwable damage(Throwable failure) {
    Throwable cause = failure;
    while (cause != null
        && !(cause instanceof CorruptDataException)
        && !(cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private void fail(Throwable failure, Messenger.Reply reply) {
    switch (failure) {
      case UnknownTableException e -> reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
      case OverloadedException e -> reply.fail(FailureReason.OVERLOADED);
      default -> {
        Throwable damage = damage(failure);
        if (damage == null) {
          LOGGER.error("a read for another node failed", failure);
        } else {
          reports.met(damage.getMessage());
        }
        if (damage != null && reply instanceof PacedReply streaming) {
          // It may be asked for range by range.
          streaming.damaged(damage);
        } else {
          reply.fail(FailureReason.UNKNOWN);
        }
      }
    }
  }
}

package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.StoredFiles;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives others the blocks of this node's files as they are stored ({@link FileMessages}). Files are
 * held for whoever asked, in a session that ends when nobody has asked for a while. Of lane 0.
 *
 * <p>What is in memory is written to files once for each fetch and table: later the node that
 * fetches is sent itself what is written.
 */
public final class FileSender {
  private static final Logger LOGGER = LoggerFactory.getLogger(FileSender.class);
  private static final int MOST_SESSIONS = 128;
  private static final int MOST_FLUSHES = 1024;
  private static final int MOST_BYTES = 4 << 20;

  /** So many pieces are read at once: others need the disk too. */
  private static final int READS_AT_ONCE = 4;

  /** More are asked for again. */
  private static final int READS_WAITING = 4096;

  private static final long PATIENCE_NANOS = 120_000_000_000L;
  private static final long LOOK_NANOS = 10_000_000_000L;

  private final LaneAccess lanes;
  private final Lane lane;
  private final Clock clock;
  private final ClusterView view;
  private final StreamThroughput throughput;
  private final Map<Long, Session> sessions = new HashMap<>();
  private long nextSession;
  private boolean looking;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int reading;

  /** What was written to files, oldest first; completes when it is. */
  private final Map<Flushed, CompletableFuture<Void>> flushes = new LinkedHashMap<>();

  private record Flushed(NodeAddress of, FileMessages.Fetch fetch, UUID table) {}

  private final class Session {
    final NodeAddress of;
    final UUID table;
    final List<TokenRange> ranges;
    final StoredFiles files;
    long usedAt = clock.nanoTime();

    Session(NodeAddress of, UUID table, List<TokenRange> ranges, StoredFiles files) {
      this.of = of;
      this.table = table;
      this.ranges = ranges;
      this.files = files;
    }
  }

  /**
   * Creates it.
   *
   * @param lane lane 0
   */
  public FileSender(
      LaneAccess lanes, Lane lane, ClusterView view, Clock clock, StreamThroughput throughput) {
    this.lanes = lanes;
    this.lane = lane;
    this.view = view;
    this.clock = clock;
    this.throughput = throughput;
    // Nobody who asked an earlier run of this node is to find a session of this one.
    nextSession = clock.wallMicros();
  }

  /** Takes the requests of a messenger; once, before it is started. */
  public void serve(Messenger messenger) {
    messenger.handle(Verb.STREAM_FILES, this::files);
    messenger.handle(Verb.STREAM_BLOCKS, this::blocks);
    messenger.handle(Verb.STREAM_RELEASE, (from, payload, reply) -> release(from, payload));
  }

  private void files(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    FileMessages.Files asked;
    try {
      asked = FileMessages.Files.decode(payload);
    } catch (BufferUnderflowException | CorruptDataException e) {
      LOGGER.warn("cannot read what {} asks for", from, e);
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    if (!view.ownsRanges()) {
      // This node has the address of another one, and nothing of what that had.
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    if (sessions.size() >= MOST_SESSIONS) {
      reply.answer(FileMessages.Held.encode(null));
      return;
    }
    flushed(new Flushed(from, asked.fetch(), asked.table()))
        .thenCompose(flushed -> lanes.storedFiles(asked.table(), false))
        .whenComplete((files, failure) -> lane.execute(() -> hold(from, asked, files, reply)));
  }

  private void hold(
      NodeAddress from, FileMessages.Files asked, StoredFiles files, Messenger.Reply reply) {
    if (files == null) {
      reply.answer(FileMessages.Held.encode(null));
      return;
    }
    long number = nextSession++;
    sessions.put(number, new Session(from, asked.table(), asked.ranges(), files));
    List<FileMessages.Extent> extents = new ArrayList<>();
    for (int i = 0; i < files.count(); i++) {
      extents.add(new FileMessages.Extent(files.firstToken(i), files.lastToken(i), files.bytes(i)));
    }
    reply.answer(FileMessages.Held.encode(new FileMessages.Held(number, extents)));
    if (!looking) {
      looking = true;
      lane.schedule(LOOK_NANOS, this::look);
    }
  }

  /** Has all that was in memory when a fetch began in files. */
  private CompletionStage<Void> flushed(Flushed what) {
    CompletableFuture<Void> done = flushes.get(what);
    if (done == null || done.isCompletedExceptionally()) {
      done = new CompletableFuture<>();
      CompletableFuture<Void> flush = done;
      flushes.put(what, done);
      if (flushes.size() > MOST_FLUSHES) {
        Iterator<Flushed> oldest = flushes.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
      lanes
          .storedFiles(what.table, true)
          .whenComplete(
              (files, failure) -> {
                if (files != null) {
                  files.close();
                }
                if (failure == null) {
                  flush.complete(null);
                } else {
                  flush.completeExceptionally(failure);
                }
              });
    }
    return done;
  }

  private void blocks(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    FileMessages.Blocks asked;
    try {
      asked = FileMessages.Blocks.decode(payload);
    } catch (BufferUnderflowException | CorruptDataException e) {
      LOGGER.warn("cannot read what {} asks for", from, e);
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    Session session = sessions.get(asked.session());
    if (session == null
        || !session.of.equals(from)
        || !session.table.equals(asked.table())
        || asked.file() < 0
        || asked.file() >= session.files.count()
        || asked.range() < 0
        || asked.ranges() < asked.range()
        || asked.ranges() > session.ranges.size()) {
      reply.answer(FileMessages.blocks(null));
      return;
    }
    session.usedAt = clock.nanoTime();
    if (waiting.size() >= READS_WAITING) {
      reply.fail(FailureReason.OVERLOADED);
      return;
    }
    waiting.add(() -> read(session, asked, reply));
    readNext();
  }

  private void readNext() {
    while (reading < READS_AT_ONCE && !waiting.isEmpty()) {
      waiting.poll().run();
    }
  }

  private void read(Session session, FileMessages.Blocks asked, Messenger.Reply reply) {
    if (!session.equals(sessions.get(asked.session()))) {
      reply.answer(FileMessages.blocks(null));
      return;
    }
    reading++;
    session
        .files
        .read(
            asked.file(),
            session.ranges.subList(0, asked.ranges()),
            asked.range(),
            asked.block(),
            Math.min(asked.bytes(), MOST_BYTES))
        .whenComplete(
            (piece, failure) ->
                lane.execute(
                    () -> {
                      reading--;
                      if (failure == null) {
                        send(piece, reply);
                      } else if (cause(failure) instanceof OverloadedException) {
                        reply.fail(FailureReason.OVERLOADED);
                      } else {
                        LOGGER.warn("cannot copy a file for {}", session.of, cause(failure));
                        // Whoever asked takes rows instead, which finds what can be read.
                        reply.answer(FileMessages.blocks(null));
                      }
                      readNext();
                    }));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private void send(byte[] piece, Messenger.Reply reply) {
    long wait = throughput.waitNanos(piece.length, clock.nanoTime());
    if (wait < 0) {
      reply.fail(FailureReason.OVERLOADED);
    } else if (wait > 0) {
      lane.schedule(wait, () -> reply.answer(FileMessages.blocks(piece)));
    } else {
      reply.answer(FileMessages.blocks(piece));
    }
  }

  private void release(NodeAddress from, ByteBuffer payload) {
    Session session = sessions.get(FileMessages.released(payload));
    if (session != null && session.of.equals(from)) {
      sessions.values().remove(session);
      session.files.close();
    }
  }

  /** Ends what nobody has asked for in a while. */
  private void look() {
    long before = clock.nanoTime() - PATIENCE_NANOS;
    List<Session> old = new ArrayList<>();
    for (Session session : sessions.values()) {
      if (session.usedAt - before < 0) {
        old.add(session);
      }
    }
    sessions.values().removeAll(old);
    old.forEach(session -> session.files.close());
    looking = !sessions.isEmpty();
    if (looking) {
      lane.schedule(LOOK_NANOS, this::look);
    }
  }
}

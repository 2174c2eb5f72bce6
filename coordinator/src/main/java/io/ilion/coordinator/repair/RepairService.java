package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.RangeFetch;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's part in repairs: it hashes what it has, fetches what others have, and keeps what was
 * shown. Works on lane 0; rows are read page by page on the lanes that own them. {@link
 * RepairMessages} has the messages.
 */
final class RepairService {
  private static final Logger LOGGER = LoggerFactory.getLogger(RepairService.class);

  /** So long after the last sign of a repair that wanted this node for itself, it is free. */
  private static final long RESERVED_NANOS = 300_000_000_000L;

  private static final long RETRY_NANOS = 500_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private final LaneAccess lanes;
  private final Lane lane;
  private final Messenger messenger;
  private final Clock clock;
  private final StreamLimits streams;
  private final RepairLimits limits;
  private final RepairHost host;
  private final RepairedRanges repaired;
  private final RepairCounts counts;
  private final LongSupplier ringEpoch;
  private final long run;

  /** Who has this node for itself, or null. */
  private NodeAddress reservedBy;

  private long reservedUntil;

  RepairService(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      Clock clock,
      StreamLimits streams,
      RepairLimits limits,
      RepairHost host,
      RepairedRanges repaired,
      RepairCounts counts,
      LongSupplier ringEpoch,
      long run) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.clock = clock;
    this.streams = streams;
    this.limits = limits;
    this.host = host;
    this.repaired = repaired;
    this.counts = counts;
    this.ringEpoch = ringEpoch;
    this.run = run;
    on(Verb.REPAIR_PREPARE, this::prepare);
    on(Verb.REPAIR_TREE, this::tree);
    on(Verb.REPAIR_SYNC, (from, payload, reply) -> sync(payload, reply));
    on(Verb.REPAIR_SEAL, (from, payload, reply) -> seal(payload, reply));
    on(Verb.REPAIR_DONE, this::done);
    on(
        Verb.REPAIR_RELEASE,
        (from, payload, reply) -> {
          RepairMessages.Release.decode(payload);
          release(from);
        });
  }

  private void on(Verb verb, Messenger.Handler handler) {
    messenger.handle(
        verb,
        (from, payload, reply) ->
            lane.execute(
                () -> {
                  try {
                    handler.handle(from, payload, reply);
                  } catch (RuntimeException e) {
                    LOGGER.warn("{} of {} failed: {}", verb, from, e.toString());
                    reply.fail(FailureReason.UNKNOWN);
                  }
                }));
  }

  private void prepare(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    if (RepairMessages.Prepare.decode(payload).mustBeFree()) {
      boolean free =
          reservedBy == null || reservedBy.equals(from) || clock.nanoTime() - reservedUntil > 0;
      if (!free) {
        reply.fail(FailureReason.OVERLOADED);
        return;
      }
      reservedBy = from;
      extend(from);
    }
    host.oldestPendingWrite()
        .whenComplete(
            (oldest, failure) -> {
              if (failure != null) {
                LOGGER.warn("it is not known what is on its way: {}", failure.toString());
              }
              // What begins here later has a later time, whatever the clock of who repairs says.
              reply.answer(
                  new RepairMessages.Prepared(
                          run,
                          failure == null ? Math.min(oldest, clock.wallMillis()) : Long.MIN_VALUE)
                      .encode());
            });
  }

  private void extend(NodeAddress by) {
    if (by.equals(reservedBy)) {
      reservedUntil = clock.nanoTime() + RESERVED_NANOS;
    }
  }

  private void tree(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    RepairMessages.Tree request = RepairMessages.Tree.decode(payload);
    extend(from);
    RangePages pages =
        new RangePages(
            messenger,
            request.table(),
            Slices.ALL,
            request.range(),
            Math.min(limits.pageBytes(), streams.pageBytes()),
            request.purgeBeforeSeconds());
    new Hashing(request, pages, reply).next();
  }

  /** Hashes what this node has, page by page. */
  private final class Hashing implements RangePages.Callback {
    private final RepairMessages.Tree request;
    private final RangePages pages;
    private final Messenger.Reply reply;
    private final MerkleTree tree;
    private long began;
    private int failures;

    Hashing(RepairMessages.Tree request, RangePages pages, Messenger.Reply reply) {
      this.request = request;
      this.pages = pages;
      this.reply = reply;
      this.tree = new MerkleTree(request.range(), request.leaves());
    }

    void next() {
      if (pages.isOver()) {
        reply.answer(request.answer(tree));
        return;
      }
      began = clock.nanoTime();
      pages.next(messenger.self(), streams.timeoutNanos(), this);
    }

    @Override
    public void page(List<RangePages.Update> updates) {
      failures = 0;
      long bytes = 0;
      for (RangePages.Update update : updates) {
        tree.add(update.token(), update.bytes());
        bytes += update.bytes().length;
      }
      long took = clock.nanoTime() - began;
      long rest = request.gently() ? took : 0;
      if (limits.bytesPerSecond() > 0) {
        rest = Math.max(rest, bytes * SECOND / limits.bytesPerSecond() - took);
      }
      if (rest > 0) {
        lane.schedule(rest, this::next);
      } else {
        lane.execute(this::next);
      }
    }

    @Override
    public void failed(FailureReason reason) {
      if (++failures >= streams.attempts()) {
        reply.fail(reason);
      } else {
        lane.schedule(RETRY_NANOS, this::next);
      }
    }
  }

  private void sync(ByteBuffer payload, Messenger.Reply reply) {
    RepairMessages.Sync request = RepairMessages.Sync.decode(payload);
    fetch(
        request,
        (bytes, failure) -> {
          if (failure != null) {
            LOGGER.warn("a repair from {} failed: {}", request.source(), failure.toString());
            reply.fail(FailureReason.UNKNOWN);
          } else {
            reply.answer(RepairMessages.Sync.answer(bytes));
          }
        });
  }

  /** Fetches ranges one after the other; on lane 0. */
  void fetch(RepairMessages.Sync request, BiConsumer<Long, Throwable> done) {
    StreamProgress progress = new StreamProgress();
    fetch(
        request,
        new ArrayDeque<>(request.ranges()),
        progress,
        (bytes, failure) -> {
          counts.fetched(progress.bytes());
          done.accept(bytes, failure);
        });
  }

  private void fetch(
      RepairMessages.Sync request,
      ArrayDeque<TokenRange> left,
      StreamProgress progress,
      BiConsumer<Long, Throwable> done) {
    TokenRange range = left.poll();
    if (range == null) {
      done.accept(progress.bytes(), null);
      return;
    }
    WriteCallback then =
        failure -> {
          if (failure != null) {
            done.accept(null, failure);
          } else {
            fetch(request, left, progress, done);
          }
        };
    new RangeFetch(
            lanes,
            lane,
            clock,
            streams,
            progress,
            request.source(),
            new RangePages(
                messenger,
                request.table(),
                Slices.ALL,
                range,
                streams.pageBytes(),
                RangePages.PURGE_NOTHING),
            page -> page,
            then)
        .begin();
  }

  private void seal(ByteBuffer payload, Messenger.Reply reply) {
    RepairMessages.Seal request = RepairMessages.Seal.decode(payload);
    if (request.run() != run) {
      // What an earlier run fetched may not have outlived it.
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    host.harden(request.table())
        .whenComplete(
            (safe, failure) -> {
              if (failure == null) {
                reply.answer(
                    RepairMessages.Seal.answer(request.ringEpoch() == ringEpoch.getAsLong()));
              } else {
                LOGGER.warn("what was repaired is not safe: {}", failure.toString());
                reply.fail(FailureReason.UNKNOWN);
              }
            });
  }

  private void done(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    RepairMessages.Done message = RepairMessages.Done.decode(payload);
    repaired.add(
        message.table(),
        message.ranges(),
        failure -> {
          if (failure == null) {
            reply.answer(RepairMessages.NOTHING);
          } else {
            reply.fail(FailureReason.UNKNOWN);
          }
        });
  }

  /** A repair that had some nodes for itself is over, also if it failed. */
  private void release(NodeAddress by) {
    if (by.equals(reservedBy)) {
      reservedBy = null;
    }
  }
}

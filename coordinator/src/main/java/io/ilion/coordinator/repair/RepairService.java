package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.RangeFetch;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's part in repairs: it hashes what it has, and fetches what others have. Works on lane
 * 0.
 *
 * <pre>
 * REPAIR_TREE   u8 version: 1;  16 table id;  i64 start, i64 end of the range;  i32 leaves;
 *               i64 purge before, s: what was deleted or has expired before is left out
 *   answer      u8 version;  u32 number of leaves;  i64 each
 * REPAIR_SYNC   u8 version: 1;  16 table id;  address of the node to fetch from;
 *               u32 number of ranges, each i64 start, i64 end
 *   answer      u8 version;  i64 bytes fetched, when all of them are durable
 * </pre>
 */
final class RepairService {
  private static final Logger LOGGER = LoggerFactory.getLogger(RepairService.class);
  private static final int VERSION = 1;

  private final LaneAccess lanes;
  private final Lane lane;
  private final Messenger messenger;
  private final Clock clock;
  private final StreamLimits limits;

  RepairService(
      LaneAccess lanes, Lane lane, Messenger messenger, Clock clock, StreamLimits limits) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.clock = clock;
    this.limits = limits;
    messenger.handle(Verb.REPAIR_TREE, (from, payload, reply) -> tree(payload, reply));
    messenger.handle(Verb.REPAIR_SYNC, (from, payload, reply) -> sync(payload, reply));
  }

  /** What is to be hashed. */
  record TreeRequest(UUID table, TokenRange range, int leaves, long purgeBeforeSeconds) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, table);
      out.writeLong(range.start());
      out.writeLong(range.end());
      out.writeInt(leaves);
      out.writeLong(purgeBeforeSeconds);
      return out.toByteArray();
    }

    static TreeRequest decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID table = Payload.readUuid(in);
      long start = in.getLong();
      TreeRequest request =
          new TreeRequest(table, new TokenRange(start, in.getLong()), in.getInt(), in.getLong());
      Payload.expectEnd(in);
      return request;
    }

    MerkleTree decodeAnswer(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      MerkleTree tree = MerkleTree.read(in, range, leaves);
      Payload.expectEnd(in);
      return tree;
    }
  }

  /** What is to be fetched, and of whom. */
  record SyncRequest(UUID table, NodeAddress source, List<TokenRange> ranges) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, table);
      Payload.writeAddress(out, source);
      out.writeInt(ranges.size());
      for (TokenRange range : ranges) {
        out.writeLong(range.start());
        out.writeLong(range.end());
      }
      return out.toByteArray();
    }

    static SyncRequest decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID table = Payload.readUuid(in);
      NodeAddress source = Payload.readAddress(in);
      int count = Payload.readCount(in, 2 * Long.BYTES);
      List<TokenRange> ranges = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        long start = in.getLong();
        TokenRange range = new TokenRange(start, in.getLong());
        if (range.wraps()) {
          throw new CorruptDataException("a range that wraps: " + range);
        }
        ranges.add(range);
      }
      Payload.expectEnd(in);
      return new SyncRequest(table, source, ranges);
    }
  }

  private void tree(ByteBuffer payload, Messenger.Reply reply) {
    TreeRequest request = TreeRequest.decode(payload);
    MerkleTree tree = new MerkleTree(request.range, request.leaves);
    RangePages pages =
        new RangePages(
            messenger,
            request.table,
            Slices.ALL,
            request.range,
            limits.pageBytes(),
            request.purgeBeforeSeconds);
    lane.execute(() -> hash(pages, tree, reply));
  }

  /** Hashes what this node has, page by page. */
  private void hash(RangePages pages, MerkleTree tree, Messenger.Reply reply) {
    if (pages.isOver()) {
      ByteSink out = Payload.version(VERSION);
      tree.writeTo(out);
      reply.answer(out.toByteArray());
      return;
    }
    pages.next(
        messenger.self(),
        limits.timeoutNanos(),
        new RangePages.Callback() {
          @Override
          public void page(List<RangePages.Update> updates) {
            updates.forEach(update -> tree.add(update.token(), update.bytes()));
            hash(pages, tree, reply);
          }

          @Override
          public void failed(FailureReason reason) {
            reply.fail(reason);
          }
        });
  }

  private void sync(ByteBuffer payload, Messenger.Reply reply) {
    SyncRequest request = SyncRequest.decode(payload);
    lane.execute(
        () ->
            fetch(
                request,
                (bytes, failure) -> {
                  if (failure != null) {
                    LOGGER.warn("a repair from {} failed: {}", request.source, failure.toString());
                    reply.fail(FailureReason.UNKNOWN);
                  } else {
                    ByteSink out = Payload.version(VERSION);
                    out.writeLong(bytes);
                    reply.answer(out.toByteArray());
                  }
                }));
  }

  /** Reads the answer to a sync: the bytes fetched. */
  static long decodeSynced(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    long bytes = in.getLong();
    Payload.expectEnd(in);
    return bytes;
  }

  /** Fetches ranges one after the other; on lane 0. */
  void fetch(SyncRequest request, BiConsumer<Long, Throwable> done) {
    StreamProgress progress = new StreamProgress();
    next(request, new ArrayDeque<>(request.ranges), progress, done);
  }

  private void next(
      SyncRequest request,
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
            next(request, left, progress, done);
          }
        };
    new RangeFetch(
            lanes,
            lane,
            clock,
            limits,
            progress,
            request.source,
            new RangePages(
                messenger,
                request.table,
                Slices.ALL,
                range,
                limits.pageBytes(),
                RangePages.PURGE_NOTHING),
            page -> page,
            then)
        .begin();
  }
}

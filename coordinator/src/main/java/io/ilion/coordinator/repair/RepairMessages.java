package io.ilion.coordinator.repair;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What nodes say to each other in a repair.
 *
 * <pre>
 * REPAIR_PREPARE u8 version: 1;  u8 1 if the node must be free: it takes part in one such repair at
 *                a time
 *   answer       u8 version;  i64 number of the node's run;  i64 when the oldest write began that is
 *                still on its way from there, ms
 * REPAIR_TREE    u8 version: 2;  16 table id;  i64 start, i64 end of the range;  i32 leaves;
 *                i64 purge before, s: what was deleted or has expired before is left out;
 *                u8 1 if the node is to rest as long as it works
 *   answer       u8 version;  u32 number of leaves;  i64 hash, i64 bytes each
 * REPAIR_SYNC    u8 version: 1;  16 table id;  address of the node to fetch from;
 *                u32 number of ranges, each i64 start, i64 end
 *   answer       u8 version;  i64 bytes fetched, when all of them are durable
 * REPAIR_SEAL    u8 version: 2;  16 table id;  i64 number of the run that took part;  i64 epoch of the
 *                ring when the repair began
 *   answer       u8 version;  u8 1 if that is the epoch of the ring still; when no failure of power
 *                takes away what was fetched
 * REPAIR_DONE    u8 version: 1;  16 table id;  u32 number of ranges, each a {@link RepairedRange}
 *   answer       empty, when that is kept
 * REPAIR_RELEASE u8 version: 1;  no answer
 * </pre>
 */
final class RepairMessages {
  static final byte[] NOTHING = {};

  private RepairMessages() {}

  /** Who wants to repair. */
  record Prepare(boolean mustBeFree) {
    private static final int VERSION = 1;

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(mustBeFree ? 1 : 0);
      return out.toByteArray();
    }

    static Prepare decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Prepare request = new Prepare(in.get() != 0);
      Payload.expectEnd(in);
      return request;
    }
  }

  /**
   * Who takes part.
   *
   * @param run another in each run of the node
   * @param oldestMillis when the oldest write began that may still arrive somewhere, from there
   */
  record Prepared(long run, long oldestMillis) {
    private static final int VERSION = 1;

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeLong(run);
      out.writeLong(oldestMillis);
      return out.toByteArray();
    }

    static Prepared decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Prepared answer = new Prepared(in.getLong(), in.getLong());
      Payload.expectEnd(in);
      return answer;
    }
  }

  /** What is to be hashed. */
  record Tree(UUID table, TokenRange range, int leaves, long purgeBeforeSeconds, boolean gently) {
    private static final int VERSION = 2;

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, table);
      out.writeLong(range.start());
      out.writeLong(range.end());
      out.writeInt(leaves);
      out.writeLong(purgeBeforeSeconds);
      out.writeByte(gently ? 1 : 0);
      return out.toByteArray();
    }

    static Tree decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID table = Payload.readUuid(in);
      TokenRange range = readRange(in);
      Tree request = new Tree(table, range, in.getInt(), in.getLong(), in.get() != 0);
      Payload.expectEnd(in);
      return request;
    }

    byte[] answer(MerkleTree tree) {
      ByteSink out = Payload.version(VERSION);
      tree.writeTo(out);
      return out.toByteArray();
    }

    MerkleTree decodeAnswer(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      MerkleTree tree = MerkleTree.read(in, range, leaves);
      Payload.expectEnd(in);
      return tree;
    }
  }

  /** What is to be fetched, and of whom. */
  record Sync(UUID table, NodeAddress source, List<TokenRange> ranges) {
    private static final int VERSION = 1;

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

    static Sync decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID table = Payload.readUuid(in);
      NodeAddress source = Payload.readAddress(in);
      int count = Payload.readCount(in, 2 * Long.BYTES);
      List<TokenRange> ranges = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ranges.add(readRange(in));
      }
      Payload.expectEnd(in);
      return new Sync(table, source, ranges);
    }

    static byte[] answer(long bytes) {
      ByteSink out = Payload.version(VERSION);
      out.writeLong(bytes);
      return out.toByteArray();
    }

    static long decodeAnswer(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      long bytes = in.getLong();
      Payload.expectEnd(in);
      return bytes;
    }
  }

  /** Whose data are to be made safe. */
  record Seal(UUID table, long run, long ringEpoch) {
    private static final int VERSION = 2;

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, table);
      out.writeLong(run);
      out.writeLong(ringEpoch);
      return out.toByteArray();
    }

    static Seal decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Seal request = new Seal(Payload.readUuid(in), in.getLong(), in.getLong());
      Payload.expectEnd(in);
      return request;
    }

    static byte[] answer(boolean isOfTheSameRing) {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(isOfTheSameRing ? 1 : 0);
      return out.toByteArray();
    }

    static boolean decodeAnswer(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      boolean isOfTheSameRing = in.get() != 0;
      Payload.expectEnd(in);
      return isOfTheSameRing;
    }
  }

  /** What was repaired. */
  record Done(UUID table, List<RepairedRange> ranges) {
    private static final int VERSION = 1;
    private static final int LEAST_BYTES = 4 * Long.BYTES + 1;

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, table);
      out.writeInt(ranges.size());
      ranges.forEach(range -> range.writeTo(out));
      return out.toByteArray();
    }

    static Done decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID table = Payload.readUuid(in);
      int count = Payload.readCount(in, LEAST_BYTES);
      List<RepairedRange> ranges = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ranges.add(RepairedRange.read(in));
      }
      Payload.expectEnd(in);
      return new Done(table, ranges);
    }
  }

  /** A repair is over. */
  static final class Release {
    private static final int VERSION = 1;

    private Release() {}

    static byte[] encode() {
      return Payload.version(VERSION).toByteArray();
    }

    static void decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Payload.expectEnd(in);
    }
  }

  private static TokenRange readRange(ByteBuffer in) {
    long start = in.getLong();
    TokenRange range = new TokenRange(start, in.getLong());
    if (range.wraps()) {
      throw new CorruptDataException("a range that wraps: " + range);
    }
    return range;
  }
}

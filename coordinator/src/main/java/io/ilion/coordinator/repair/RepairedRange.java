package io.ilion.coordinator.repair;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/**
 * What a repair of a range has shown: some replicas were made equal.
 *
 * @param range that does not wrap
 * @param startedSeconds when the repair began
 * @param beforeSeconds what was deleted before then is on all of these replicas, or on those that
 *     lack it nothing is left that it deletes, nor on its way to them; Long.MIN_VALUE if nothing
 *     can be said
 * @param replicas the host ids of those who took part
 */
record RepairedRange(
    TokenRange range, long startedSeconds, long beforeSeconds, Set<UUID> replicas) {
  private static final int MOST_REPLICAS = 255;

  /** Checks the bounds. */
  RepairedRange {
    if (range.wraps() || replicas.size() > MOST_REPLICAS) {
      throw new IllegalArgumentException("not a repaired range: " + range);
    }
    replicas = Set.copyOf(replicas);
  }

  /** Writes it: i64 start, i64 end, i64 started, i64 before, u8 number of replicas, 16 each. */
  void writeTo(ByteSink out) {
    out.writeLong(range.start());
    out.writeLong(range.end());
    out.writeLong(startedSeconds);
    out.writeLong(beforeSeconds);
    out.writeByte(replicas.size());
    // Always in the same order, so that equal ones are the same bytes.
    replicas.stream().sorted().forEach(id -> Payload.writeUuid(out, id));
  }

  /** Reads what {@link #writeTo} wrote. */
  static RepairedRange read(ByteBuffer in) {
    TokenRange range = new TokenRange(in.getLong(), in.getLong());
    if (range.wraps()) {
      throw new CorruptDataException("a repaired range that wraps");
    }
    long started = in.getLong();
    long before = in.getLong();
    int count = in.get() & 0xff;
    Set<UUID> replicas = LinkedHashSet.newLinkedHashSet(count);
    for (int i = 0; i < count; i++) {
      replicas.add(Payload.readUuid(in));
    }
    return new RepairedRange(range, started, before, replicas);
  }

  /** As it is kept when a later repair says less: it counts for no replicas of now. */
  RepairedRange asFormer() {
    return new RepairedRange(range, startedSeconds, beforeSeconds, Set.of());
  }

  boolean isFormer() {
    return replicas.isEmpty();
  }

  /** What both say of one range, of which this is the later. */
  RepairedRange after(RepairedRange earlier) {
    boolean stillHolds =
        earlier.beforeSeconds > beforeSeconds && earlier.replicas.containsAll(replicas);
    return stillHolds
        ? new RepairedRange(range, startedSeconds, earlier.beforeSeconds, replicas)
        : this;
  }

  /** Whether this makes an earlier one needless. */
  boolean covers(RepairedRange earlier) {
    return range.start() <= earlier.range.start()
        && range.end() >= earlier.range.end()
        && beforeSeconds >= earlier.beforeSeconds
        && replicas.containsAll(earlier.replicas);
  }
}

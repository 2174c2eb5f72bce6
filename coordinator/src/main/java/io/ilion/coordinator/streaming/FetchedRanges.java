package io.ilion.coordinator.streaming;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which ranges this node has fetched while the ring changes, on disk, so that it goes on after a
 * restart where it was. Only what is durable here is noted, so whatever of this survives is true;
 * when it is lost, or cannot be written, more is fetched than need be.
 *
 * <p>It is safe not to fetch a range again although this node was down meanwhile and missed writes
 * of it. Whatever was acknowledged before the change of the ring is in what was fetched. Since then
 * a write waits for as many acknowledgements more as there are pending replicas; so if this node
 * has not acknowledged it, as many others have as its level asks for, and one more, and when one of
 * those has made room for this node a quorum still has one of them. What this node missed it gets
 * by hints, reads and repairs, like any replica that was down.
 *
 * <pre>
 * file "fetched": u64 "ILIONFET", u8 version 1, i64 epoch of the ring, u32 count, each:
 *   text keyspace, u128 table, u32 count of replicas, each u128 host id,
 *   u32 count of ranges, each i64 start, i64 end
 * u32 CRC32C of all before it
 * </pre>
 */
public final class FetchedRanges {
  private static final Logger LOGGER = LoggerFactory.getLogger(FetchedRanges.class);
  private static final long MAGIC = 0x494C494F4E464554L;
  private static final int VERSION = 1;
  private static final int RANGE_BYTES = 16;

  private final WholeFile file;
  private final Lane blocking;

  // Guarded by this.
  private final Set<Part> parts = new HashSet<>();
  private long ringEpoch = -1;
  private boolean writing;
  private long forgets;

  /**
   * What is fetched at once: a range that does not wrap, of one table, or of the agreements on all
   * tables of a keyspace; by all who replicate it or are about to.
   */
  record Part(String keyspace, UUID table, TokenRange range, Set<UUID> replicas) {}

  /** What parts may have in common. */
  private record Group(String keyspace, UUID table, Set<UUID> replicas) {}

  private FetchedRanges(WholeFile file, Lane blocking) {
    this.file = file;
    this.blocking = blocking;
  }

  /**
   * Reads what was written last; blocks.
   *
   * @param name of the file in the directory
   * @param blocking a lane that may block
   */
  public static FetchedRanges open(Files files, String directory, String name, Lane blocking) {
    FetchedRanges ranges = new FetchedRanges(new WholeFile(files, directory, name), blocking);
    try {
      if (ranges.file.exists()) {
        ranges.read();
      }
    } catch (IOException | BufferUnderflowException | CorruptDataException e) {
      ranges.parts.clear();
      LOGGER.warn("ranges may be fetched that are here already: {}", e.toString());
    }
    return ranges;
  }

  /** What was fetched in an epoch of the ring, or whatever else the owner means by the number. */
  synchronized Set<Part> in(long epoch) {
    return epoch == ringEpoch ? Set.copyOf(parts) : Set.of();
  }

  /** Notes what was fetched in an epoch of the ring and is durable; any thread. */
  synchronized void add(long epoch, Collection<Part> more) {
    if (epoch != ringEpoch) {
      parts.clear();
      ringEpoch = epoch;
    }
    if (parts.addAll(more) && !writing) {
      writing = true;
      blocking.execute(this::write);
    }
  }

  /** Notes no longer what was fetched in an epoch. */
  synchronized void remove(long epoch, Predicate<Part> which) {
    if (epoch == ringEpoch && parts.removeIf(which) && !writing) {
      writing = true;
      blocking.execute(this::write);
    }
  }

  /** Notes nothing any more; completes when that is durable. */
  CompletionStage<Void> forget() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    synchronized (this) {
      forgets++;
    }
    blocking.execute(
        () -> {
          try {
            synchronized (this) {
              parts.clear();
            }
            if (file.exists()) {
              file.write(encode());
            }
            done.complete(null);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  /** How often all was forgotten; whoever fetches meanwhile has not all of it any more. */
  synchronized long forgets() {
    return forgets;
  }

  private void write() {
    try {
      file.write(encode());
    } catch (IOException | RuntimeException e) {
      LOGGER.warn("what is fetched so far is fetched again after a restart: {}", e.toString());
    }
  }

  /** What there is by now; what comes later is written again. */
  private synchronized byte[] encode() {
    writing = false;
    Map<Group, List<TokenRange>> groups = new LinkedHashMap<>();
    for (Part part : parts) {
      groups
          .computeIfAbsent(
              new Group(part.keyspace, part.table, part.replicas), unknown -> new ArrayList<>())
          .add(part.range);
    }
    ByteSink out = new ByteSink();
    out.writeLong(MAGIC);
    out.writeByte(VERSION);
    out.writeLong(ringEpoch);
    out.writeInt(groups.size());
    groups.forEach(
        (group, ranges) -> {
          Payload.writeText(out, group.keyspace);
          write(out, group.table);
          out.writeInt(group.replicas.size());
          group.replicas.forEach(replica -> write(out, replica));
          out.writeInt(ranges.size());
          for (TokenRange range : ranges) {
            out.writeLong(range.start());
            out.writeLong(range.end());
          }
        });
    return out.toByteArray();
  }

  private static void write(ByteSink out, UUID id) {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private synchronized void read() throws IOException {
    ByteBuffer in = file.read();
    if (in.getLong() != MAGIC || in.get() != VERSION) {
      throw new IOException(file.path() + " does not say which ranges were fetched in version 1");
    }
    ringEpoch = in.getLong();
    for (int i = Payload.readCount(in, RANGE_BYTES); i > 0; i--) {
      String keyspace = Payload.readText(in);
      UUID table = new UUID(in.getLong(), in.getLong());
      Set<UUID> replicas = new HashSet<>();
      for (int j = Payload.readCount(in, RANGE_BYTES); j > 0; j--) {
        replicas.add(new UUID(in.getLong(), in.getLong()));
      }
      for (int j = Payload.readCount(in, RANGE_BYTES); j > 0; j--) {
        TokenRange range = new TokenRange(in.getLong(), in.getLong());
        parts.add(new Part(keyspace, table, range, Set.copyOf(replicas)));
      }
    }
  }
}

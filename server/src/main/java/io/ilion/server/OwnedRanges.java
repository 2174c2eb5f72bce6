package io.ilion.server;

import io.ilion.gossip.ClusterState;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Which ranges this node replicates or is about to, on disk, so that it notices when it gets one
 * that it has not had, or has had, lost and gets again. What it still has on disk of such a range
 * is older than deletions that it never saw and that others may have purged: before the node works
 * by the metadata that give it the range, it discards that. Unless nobody who had the range until
 * then still has it, because the replication of the keyspace was altered altogether: then what is
 * here may be all that there is.
 *
 * <pre>
 * file "ownership": u64 "ILIONOWN", u8 version 1, i64 epoch of the ring, u32 count of keyspaces,
 *   each: text name, u32 count, each: i64 start, i64 end, u8 role (1 replica, 2 about to be one)
 * u32 CRC32C of all before it
 * </pre>
 */
final class OwnedRanges {
  private static final long MAGIC = 0x494C494F4E4F574EL;
  private static final int VERSION = 1;
  private static final int RANGE_BYTES = 17;

  private final WholeFile file;
  private final Lane blocking;
  private final Supplier<NodeInfo> self;
  private final Discarding discarding;

  /** Null when nothing was written yet. */
  private Owned known;

  /** By the metadata that were prepared for last; empty before the first of this run. */
  private Map<String, KeyspaceReplicas> placed = Map.of();

  /** Forgets durably what a table has of some ranges. */
  interface Discarding {
    CompletionStage<Void> discard(UUID table, Collection<TokenRange> ranges);
  }

  /** A part of the ring in one keyspace. */
  private record Held(TokenRange range, boolean natural) {}

  private record Owned(long ringEpoch, Map<String, List<Held>> keyspaces) {}

  private OwnedRanges(
      WholeFile file, Lane blocking, Supplier<NodeInfo> self, Discarding discarding) {
    this.file = file;
    this.blocking = blocking;
    this.self = self;
    this.discarding = discarding;
  }

  /**
   * Reads what was written last; blocks.
   *
   * @param blocking a lane that may block
   * @param self this node as it knows itself
   */
  static OwnedRanges open(
      Files files, String directory, Lane blocking, Supplier<NodeInfo> self, Discarding discarding)
      throws IOException {
    WholeFile file = new WholeFile(files, directory, "ownership");
    OwnedRanges owned = new OwnedRanges(file, blocking, self, discarding);
    if (file.exists()) {
      owned.known = owned.read();
    }
    return owned;
  }

  /**
   * Prepares for metadata, before the node works by them; one call after another.
   *
   * @param schema of the metadata, with what every node has
   * @return completes when everything is durable
   */
  CompletionStage<Void> prepare(ClusterMetadata metadata, Schema schema) {
    Map<String, KeyspaceReplicas> before = placed;
    Map<String, KeyspaceReplicas> now = placed(metadata, schema);
    Owned next = owned(metadata, now);
    if (next.equals(known)) {
      placed = now;
      return CompletableFuture.completedFuture(null);
    }
    CompletionStage<Void> discarded = CompletableFuture.completedFuture(null);
    if (known != null) {
      for (Map.Entry<String, List<Held>> keyspace : next.keyspaces.entrySet()) {
        String name = keyspace.getKey();
        List<TokenRange> fresh =
            without(
                fresh(keyspace.getValue(), known.keyspaces.get(name), next),
                abandoned(before.get(name), now.get(name)));
        for (TableDefinition table : schema.keyspace(name).tables().values()) {
          if (!fresh.isEmpty() && !table.isVirtual()) {
            discarded = discarded.thenCompose(done -> discarding.discard(table.id(), fresh));
          }
        }
      }
    }
    return discarded.thenCompose(
        gone -> {
          CompletableFuture<Void> written = new CompletableFuture<>();
          blocking.execute(
              () -> {
                try {
                  write(next);
                  known = next;
                  placed = now;
                  written.complete(null);
                } catch (IOException | RuntimeException e) {
                  written.completeExceptionally(e);
                }
              });
          return written;
        });
  }

  /** What a node has no part in, of the ring of a keyspace. */
  static List<TokenRange> others(KeyspaceReplicas replicas, UUID self) {
    return replicas.ranges().stream()
        .filter(range -> role(replicas.of(range.end()), self) == 0)
        .toList();
  }

  /** 1 of a replica, 2 of who is about to be one, 0 of anybody else. */
  private static int role(ReplicaSet set, UUID node) {
    if (set.natural().stream().anyMatch(n -> n.hostId().equals(node))) {
      return 1;
    }
    return set.pending().stream().anyMatch(n -> n.hostId().equals(node)) ? 2 : 0;
  }

  /** The replicas of each keyspace that has any rows. */
  private Map<String, KeyspaceReplicas> placed(ClusterMetadata metadata, Schema schema) {
    ClusterState view = new ClusterState(self.get(), metadata);
    Map<String, KeyspaceReplicas> all = new TreeMap<>();
    for (KeyspaceDefinition keyspace : schema.keyspaces().values()) {
      if (!keyspace.virtual()) {
        all.put(keyspace.name(), view.replicas(keyspace));
      }
    }
    return all;
  }

  private Owned owned(ClusterMetadata metadata, Map<String, KeyspaceReplicas> all) {
    UUID hostId = self.get().hostId();
    Map<String, List<Held>> keyspaces = new TreeMap<>();
    all.forEach(
        (name, replicas) -> {
          List<Held> held = new ArrayList<>();
          for (TokenRange range : replicas.ranges()) {
            int role = role(replicas.of(range.end()), hostId);
            if (role != 0) {
              held.add(new Held(range, role == 1));
            }
          }
          keyspaces.put(name, List.copyOf(held));
        });
    return new Owned(metadata.ringEpoch(), keyspaces);
  }

  /**
   * The parts of the ring of which no replica is one any more.
   *
   * @param before null if that is not known; then there are none
   */
  private static List<TokenRange> abandoned(KeyspaceReplicas before, KeyspaceReplicas now) {
    List<TokenRange> abandoned = new ArrayList<>();
    if (before != null) {
      TreeSet<Long> ends = new TreeSet<>();
      before.ranges().forEach(range -> ends.add(range.end()));
      now.ranges().forEach(range -> ends.add(range.end()));
      long start = ends.last();
      for (long end : ends) {
        List<UUID> had = hostIds(before.of(end));
        if (hostIds(now.of(end)).stream().noneMatch(had::contains)) {
          abandoned.add(new TokenRange(start, end));
        }
        start = end;
      }
    }
    return abandoned;
  }

  private static List<UUID> hostIds(ReplicaSet set) {
    return set.natural().stream().map(NodeInfo::hostId).toList();
  }

  /** The parts of what is held now that were not held all the time since the metadata before. */
  private List<TokenRange> fresh(List<Held> now, List<Held> before, Owned next) {
    List<TokenRange> fresh = new ArrayList<>();
    for (Held held : now) {
      List<TokenRange> kept = new ArrayList<>();
      for (Held old : before == null ? List.<Held>of() : before) {
        // Who was a replica and is only about to be one has lost the range in between.
        boolean goesOn = held.natural || !old.natural && known.ringEpoch == next.ringEpoch;
        if (goesOn) {
          kept.add(old.range);
        }
      }
      fresh.addAll(without(held.range, kept));
    }
    return fresh;
  }

  private static List<TokenRange> without(List<TokenRange> ranges, List<TokenRange> others) {
    return others.isEmpty()
        ? ranges
        : ranges.stream().flatMap(range -> without(range, others).stream()).toList();
  }

  /** A range but for what lies in others. */
  static List<TokenRange> without(TokenRange range, List<TokenRange> others) {
    List<TokenRange> left = new ArrayList<>();
    for (TokenRange part : unwrapped(range)) {
      List<TokenRange> rest = List.of(part);
      for (TokenRange other : others) {
        for (TokenRange hole : unwrapped(other)) {
          List<TokenRange> smaller = new ArrayList<>();
          for (TokenRange one : rest) {
            if (hole.end() <= one.start() || hole.start() >= one.end()) {
              smaller.add(one);
              continue;
            }
            if (one.start() < hole.start()) {
              smaller.add(new TokenRange(one.start(), hole.start()));
            }
            if (hole.end() < one.end()) {
              smaller.add(new TokenRange(hole.end(), one.end()));
            }
          }
          rest = smaller;
        }
      }
      left.addAll(rest);
    }
    return left;
  }

  /** The parts of a range that do not wrap; the smallest number is no token of any row. */
  private static List<TokenRange> unwrapped(TokenRange range) {
    if (!range.wraps()) {
      return List.of(range);
    }
    List<TokenRange> parts = new ArrayList<>();
    if (range.end() > Long.MIN_VALUE) {
      parts.add(new TokenRange(Long.MIN_VALUE, range.end()));
    }
    if (range.start() < Long.MAX_VALUE) {
      parts.add(new TokenRange(range.start(), Long.MAX_VALUE));
    }
    return parts;
  }

  private void write(Owned owned) throws IOException {
    ByteSink out = new ByteSink();
    out.writeLong(MAGIC);
    out.writeByte(VERSION);
    out.writeLong(owned.ringEpoch);
    out.writeInt(owned.keyspaces.size());
    owned.keyspaces.forEach(
        (name, held) -> {
          Payload.writeText(out, name);
          out.writeInt(held.size());
          for (Held one : held) {
            out.writeLong(one.range.start());
            out.writeLong(one.range.end());
            out.writeByte(one.natural ? 1 : 2);
          }
        });
    file.write(out.toByteArray());
  }

  private Owned read() throws IOException {
    ByteBuffer in = file.read();
    try {
      if (in.getLong() != MAGIC || in.get() != VERSION) {
        throw new IOException(file.path() + " does not say which ranges a node has in version 1");
      }
      long ringEpoch = in.getLong();
      Map<String, List<Held>> keyspaces = new TreeMap<>();
      for (int i = Payload.readCount(in, 8); i > 0; i--) {
        String name = Payload.readText(in);
        List<Held> held = new ArrayList<>();
        for (int j = Payload.readCount(in, RANGE_BYTES); j > 0; j--) {
          held.add(new Held(new TokenRange(in.getLong(), in.getLong()), in.get() == 1));
        }
        keyspaces.put(name, List.copyOf(held));
      }
      return new Owned(ringEpoch, keyspaces);
    } catch (BufferUnderflowException | CorruptDataException e) {
      throw new IOException(file.path() + " is damaged", e);
    }
  }
}

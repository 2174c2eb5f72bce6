package io.ilion.coordinator.repair;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.PurgeHorizon;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * What this node knows of repairs, its own and others', and what follows for purging: a deletion
 * may go when a repair that began well after it has made all replicas of its range equal. All
 * replicas means those of now, and those who are about to be: a repair in which one of them did not
 * take part says nothing. A range that only one node keeps needs no repair.
 *
 * <p>Any thread may ask; what is new is added on one lane.
 */
public final class RepairedRanges {
  /** Of one table; more come of repairs of small parts, and the oldest of them are forgotten. */
  private static final int MOST_OF_TABLE = 1 << 16;

  private final RepairedRangeStore store;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final boolean onlyRepaired;
  private final Map<UUID, Known> known = new ConcurrentHashMap<>();
  private final Map<UUID, Cached> horizons = new ConcurrentHashMap<>();

  /** All of one table, by the start of their range, then by its end. Immutable; equal to itself. */
  private static final class Known {
    private static final Known NONE = new Known(sorted());

    private final NavigableMap<TokenRange, RepairedRange> ranges;

    Known(NavigableMap<TokenRange, RepairedRange> ranges) {
      this.ranges = ranges;
    }

    static NavigableMap<TokenRange, RepairedRange> sorted() {
      return new TreeMap<>(
          Comparator.comparingLong(TokenRange::start).thenComparingLong(TokenRange::end));
    }
  }

  private record Cached(Known known, long epoch, PurgeHorizon before, PurgeHorizon started) {}

  /**
   * What a store has.
   *
   * @param onlyRepaired false if everything may be purged whose time has come, repaired or not
   */
  public RepairedRanges(
      RepairedRangeStore store, ClusterView view, Supplier<Schema> schema, boolean onlyRepaired) {
    this.store = store;
    this.view = view;
    this.schema = schema;
    this.onlyRepaired = onlyRepaired;
  }

  /** Reads what is kept; until it is read nothing counts as repaired. */
  public void load(WriteCallback done) {
    Map<UUID, Queue<RepairedRange>> found = new ConcurrentHashMap<>();
    store.read(
        (table, range) ->
            found.computeIfAbsent(table, id -> new ConcurrentLinkedQueue<>()).add(range),
        failure -> {
          found.forEach(
              (table, ranges) -> {
                NavigableMap<TokenRange, RepairedRange> sorted = Known.sorted();
                ranges.forEach(range -> sorted.put(range.range(), range));
                known.put(table, new Known(sorted));
              });
          done.done(failure);
        });
  }

  /**
   * Keeps what a repair has shown.
   *
   * @param done told when it is durable
   */
  void add(UUID table, List<RepairedRange> ranges, WriteCallback done) {
    Known before = known.getOrDefault(table, Known.NONE);
    Known after = before;
    for (RepairedRange range : ranges) {
      after = with(after, range);
    }
    known.put(table, after);
    List<RepairedRange> put = new ArrayList<>();
    List<RepairedRange> removed = new ArrayList<>();
    for (RepairedRange range : after.ranges.values()) {
      if (!range.equals(before.ranges.get(range.range()))) {
        put.add(range);
      }
    }
    for (RepairedRange range : before.ranges.values()) {
      if (!range.equals(after.ranges.get(range.range()))) {
        removed.add(range);
      }
    }
    store.write(table, put, removed, done);
  }

  private static Known with(Known old, RepairedRange added) {
    NavigableMap<TokenRange, RepairedRange> ranges = Known.sorted();
    RepairedRange same = old.ranges.get(added.range());
    RepairedRange now = same == null ? added : added.after(same);
    for (RepairedRange range : old.ranges.values()) {
      if (!now.covers(range)) {
        ranges.put(range.range(), range);
      }
    }
    ranges.put(now.range(), now);
    while (ranges.size() > MOST_OF_TABLE) {
      RepairedRange oldest = now;
      for (RepairedRange range : ranges.values()) {
        oldest = range.startedSeconds() < oldest.startedSeconds() ? range : oldest;
      }
      ranges.remove(oldest.range());
    }
    return new Known(ranges);
  }

  /** Forgets tables that are no more; on the lane of {@link #add}. */
  void forgetDropped() {
    for (UUID table : List.copyOf(known.keySet())) {
      if (schema.get().table(table) == null) {
        Known dropped = known.remove(table);
        horizons.remove(table);
        store.write(table, List.of(), dropped.ranges.values(), failure -> {});
      }
    }
  }

  /** Which deletions of a table are everywhere they have to be. */
  public PurgeHorizon horizon(UUID tableId) {
    Cached found = horizons.get(tableId);
    if (onlyRepaired && found != null && isCurrent(found, tableId, view.epoch())) {
      return found.before;
    }
    TableDefinition table = schema.get().table(tableId);
    KeyspaceDefinition keyspace = table == null ? null : schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      return PurgeHorizon.NOTHING;
    }
    return !onlyRepaired || isLocal(keyspace) ? PurgeHorizon.ALL : cached(keyspace, tableId).before;
  }

  private static boolean isLocal(KeyspaceDefinition keyspace) {
    return keyspace.replication().getOrDefault("class", "").endsWith("LocalStrategy");
  }

  /**
   * When the last repair of a part of a table began in which all of its replicas took part, in
   * seconds; Long.MIN_VALUE for never, Long.MAX_VALUE if there is nothing to be repaired.
   */
  long repairedSince(KeyspaceDefinition keyspace, UUID tableId, TokenRange range) {
    return least(cached(keyspace, tableId).started, range);
  }

  /** Before when deletions in a part of a table are on all replicas, as {@link #horizon} has it. */
  long everywhereBefore(KeyspaceDefinition keyspace, UUID tableId, TokenRange range) {
    return least(cached(keyspace, tableId).before, range);
  }

  private static long least(PurgeHorizon started, TokenRange range) {
    return RangePages.parts(range).stream()
        .mapToLong(part -> started.least(part.start() + 1, part.end()))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private Cached cached(KeyspaceDefinition keyspace, UUID tableId) {
    // The epoch first: what is computed by newer replicas is computed once more.
    long epoch = view.epoch();
    Cached found = horizons.get(tableId);
    if (found == null || !isCurrent(found, tableId, epoch)) {
      found = compute(epoch, known.getOrDefault(tableId, Known.NONE), view.replicas(keyspace));
      horizons.put(tableId, found);
    }
    return found;
  }

  private boolean isCurrent(Cached cached, UUID tableId, long epoch) {
    return cached.epoch == epoch && cached.known.equals(known.getOrDefault(tableId, Known.NONE));
  }

  private Cached compute(long epoch, Known of, KeyspaceReplicas replicas) {
    Steps before = new Steps();
    Steps started = new Steps();
    List<Part> parts = parts(replicas);
    boolean member = isMember();
    for (Part part : parts) {
      if (part.replicas.size() <= 1 && member) {
        before.raise(part.range, Long.MAX_VALUE);
        started.raise(part.range, Long.MAX_VALUE);
      }
    }
    for (RepairedRange range : of.ranges.values()) {
      for (int i = firstBehind(parts, range.range().start()); i < parts.size(); i++) {
        Part part = parts.get(i);
        TokenRange common = Repairs.common(part.range, range.range());
        if (common == null) {
          break;
        }
        if (range.replicas().containsAll(part.replicas)) {
          before.raise(common, range.beforeSeconds());
          started.raise(common, range.startedSeconds());
        }
      }
    }
    return new Cached(of, epoch, before.build(), started.build());
  }

  /** A part of the ring that does not wrap, and who has it or is about to. */
  private record Part(TokenRange range, Set<UUID> replicas) {}

  private static List<Part> parts(KeyspaceReplicas replicas) {
    List<Part> parts = new ArrayList<>();
    for (TokenRange range : replicas.ranges()) {
      Set<UUID> all = hostIds(replicas.of(range.end()));
      RangePages.parts(range).forEach(part -> parts.add(new Part(part, all)));
    }
    parts.sort(Comparator.comparingLong(part -> part.range.start()));
    return parts;
  }

  /** The index of the first part that ends behind a token. */
  private static int firstBehind(List<Part> parts, long token) {
    int low = 0;
    int high = parts.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (parts.get(middle).range.end() <= token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Whether this node has its place; before that it does not know who else has what. */
  private boolean isMember() {
    NodeInfo.State state = view.self().state();
    return state == NodeInfo.State.NORMAL || state == NodeInfo.State.LEAVING;
  }

  private static Set<UUID> hostIds(ReplicaSet set) {
    Set<UUID> ids = new HashSet<>();
    set.natural().forEach(node -> ids.add(node.hostId()));
    set.pending().forEach(node -> ids.add(node.hostId()));
    return ids;
  }

  /** A time for each token; the first of each step. */
  private static final class Steps {
    private final TreeMap<Long, Long> steps = new TreeMap<>(Map.of(Long.MIN_VALUE, Long.MIN_VALUE));

    /** Makes the time within a range at least this. */
    void raise(TokenRange range, long seconds) {
      boundary(range.start() + 1);
      if (range.end() < Long.MAX_VALUE) {
        boundary(range.end() + 1);
      }
      steps
          .subMap(range.start() + 1, true, range.end(), true)
          .replaceAll((token, time) -> Math.max(time, seconds));
    }

    private void boundary(long token) {
      steps.putIfAbsent(token, steps.floorEntry(token).getValue());
    }

    PurgeHorizon build() {
      // No partition has the least token, so it is as the one behind it; and no more than it is.
      Long first = steps.get(Long.MIN_VALUE + 1);
      if (first != null) {
        steps.put(Long.MIN_VALUE, first);
      }
      long[] starts = new long[steps.size() - 1];
      long[] seconds = new long[steps.size()];
      int i = 0;
      for (var step : steps.entrySet()) {
        if (i > 0) {
          starts[i - 1] = step.getKey();
        }
        seconds[i++] = step.getValue();
      }
      return PurgeHorizon.of(starts, seconds);
    }
  }
}

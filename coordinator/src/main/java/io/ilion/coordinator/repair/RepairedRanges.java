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
import java.util.Collections;
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
import java.util.function.BiConsumer;
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

  /**
   * The parts of the ring of the keyspace that was asked for last: its tables follow each other.
   */
  private volatile Ring lastRing;

  /** All of one table, by the start of their range, then by its end. Immutable; equal to itself. */
  private static final class Known {
    private static final Known NONE = new Known(sorted(), sorted());

    private final NavigableMap<TokenRange, RepairedRange> ranges;

    /** What was known before of ranges of which a later repair, with other replicas, says less. */
    private final NavigableMap<TokenRange, RepairedRange> former;

    Known(
        NavigableMap<TokenRange, RepairedRange> ranges,
        NavigableMap<TokenRange, RepairedRange> former) {
      this.ranges = ranges;
      this.former = former;
    }

    boolean has(RepairedRange range) {
      return range.equals(ranges.get(range.range())) || range.equals(former.get(range.range()));
    }

    List<RepairedRange> all() {
      List<RepairedRange> all = new ArrayList<>(ranges.values());
      all.addAll(former.values());
      return all;
    }

    static NavigableMap<TokenRange, RepairedRange> sorted() {
      return new TreeMap<>(
          Comparator.comparingLong(TokenRange::start).thenComparingLong(TokenRange::end));
    }
  }

  /** What follows from what is known and who has what; none of it changes with the schema. */
  private record Cached(
      Known known,
      long epoch,
      KeyspaceReplicas replicas,
      boolean member,
      PurgeHorizon before,
      PurgeHorizon started,
      PurgeHorizon finished) {

    Cached at(long later) {
      return new Cached(known, later, replicas, member, before, started, finished);
    }
  }

  /** Who has what of a keyspace, in an order in which it is walked through. */
  private record Ring(KeyspaceReplicas replicas, List<Part> parts) {}

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

  /** Reads what is kept, and adds it to what is known; until it is read nothing counts. */
  public void load(WriteCallback done) {
    Map<UUID, Queue<RepairedRange>> found = new ConcurrentHashMap<>();
    store.read(
        (table, range) ->
            found.computeIfAbsent(table, id -> new ConcurrentLinkedQueue<>()).add(range),
        failure -> {
          found.forEach(
              (table, ranges) ->
                  known.compute(
                      table,
                      (id, before) -> {
                        Known after = copy(before == null ? Known.NONE : before);
                        ranges.forEach(range -> put(after, range));
                        bound(after);
                        return after;
                      }));
          done.done(failure);
        });
  }

  /** Reads from an update of the store's table what another node knows until when is finished. */
  void readFinished(byte[] update, BiConsumer<UUID, RepairedRange> found) {
    store.read(
        update,
        (table, range) -> {
          if (range.beforeSeconds() > Long.MIN_VALUE) {
            found.accept(table, range.asFormer());
          }
        });
  }

  /**
   * Keeps what a repair has shown.
   *
   * @param done told when it is durable
   */
  void add(UUID table, List<RepairedRange> ranges, WriteCallback done) {
    Known[] was = new Known[1];
    Known now =
        known.compute(
            table,
            (id, before) -> {
              was[0] = before == null ? Known.NONE : before;
              Known after = copy(was[0]);
              for (RepairedRange range : ranges) {
                uncover(after, put(after, range));
              }
              bound(after);
              return after;
            });
    List<RepairedRange> put = now.all().stream().filter(range -> !was[0].has(range)).toList();
    List<RepairedRange> removed = was[0].all().stream().filter(range -> !now.has(range)).toList();
    store.write(table, put, removed, done);
  }

  private static Known copy(Known known) {
    return new Known(new TreeMap<>(known.ranges), new TreeMap<>(known.former));
  }

  /** Puts one beside the others, or in the place of an earlier one; returns what it has become. */
  private static RepairedRange put(Known to, RepairedRange added) {
    if (added.isFormer()) {
      keep(to, added);
      return added;
    }
    RepairedRange same = to.ranges.get(added.range());
    if (same != null && same.startedSeconds() > added.startedSeconds()) {
      // It was on its way for long.
      keep(to, added);
      return same;
    }
    RepairedRange now = same == null ? added : added.after(same);
    if (same != null && same.beforeSeconds() > now.beforeSeconds()) {
      keep(to, same);
    }
    to.ranges.put(now.range(), now);
    return now;
  }

  /** Remembers what no repair of later may take back. */
  private static void keep(Known to, RepairedRange range) {
    if (range.beforeSeconds() > Long.MIN_VALUE) {
      to.former.merge(
          range.range(), range.asFormer(), (a, b) -> a.beforeSeconds() > b.beforeSeconds() ? a : b);
    }
  }

  /** Forgets what one that was put makes needless. */
  private static void uncover(Known of, RepairedRange now) {
    of.ranges.values().removeIf(range -> !range.equals(now) && now.covers(range));
    of.former.values().removeIf(range -> !range.equals(now) && now.covers(range));
  }

  private static void bound(Known known) {
    bound(known.ranges);
    bound(known.former);
  }

  private static void bound(NavigableMap<TokenRange, RepairedRange> ranges) {
    while (ranges.size() > MOST_OF_TABLE) {
      RepairedRange oldest =
          Collections.min(ranges.values(), Comparator.comparingLong(RepairedRange::startedSeconds));
      ranges.remove(oldest.range());
    }
  }

  /** Forgets tables that are no more; on the lane of {@link #add}. */
  void forgetDropped() {
    for (UUID table : List.copyOf(known.keySet())) {
      if (schema.get().table(table) == null) {
        Known dropped = known.remove(table);
        horizons.remove(table);
        store.write(table, List.of(), dropped.all(), failure -> {});
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

  /**
   * Before when, in seconds, every change of the partitions of a token was everywhere, or will
   * never be anywhere: by any repair that any replicas of theirs ever had, since whoever has become
   * one later has fetched what those had. So it never becomes earlier.
   */
  public long finishedBefore(UUID tableId, long token) {
    Cached found = horizons.get(tableId);
    if (found != null && isCurrent(found, tableId, view.epoch())) {
      return found.finished.before(token);
    }
    TableDefinition table = schema.get().table(tableId);
    KeyspaceDefinition keyspace = table == null ? null : schema.get().keyspace(table.keyspace());
    return keyspace == null ? Long.MIN_VALUE : cached(keyspace, tableId).finished.before(token);
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
    // The epoch first: what is of newer replicas is looked at once more.
    long epoch = view.epoch();
    Cached found = horizons.get(tableId);
    if (found == null || !isCurrent(found, tableId, epoch)) {
      Known of = known.getOrDefault(tableId, Known.NONE);
      KeyspaceReplicas replicas = view.replicas(keyspace);
      boolean member = isMember();
      found =
          found != null
                  && found.known.equals(of)
                  && found.replicas.equals(replicas)
                  && found.member == member
              ? found.at(epoch)
              : compute(epoch, of, replicas, member);
      horizons.put(tableId, found);
    }
    return found;
  }

  private boolean isCurrent(Cached cached, UUID tableId, long epoch) {
    return cached.epoch == epoch && cached.known.equals(known.getOrDefault(tableId, Known.NONE));
  }

  private Cached compute(long epoch, Known of, KeyspaceReplicas replicas, boolean member) {
    Steps before = new Steps();
    Steps started = new Steps();
    Steps finished = new Steps();
    Ring ring = lastRing;
    if (ring == null || !ring.replicas.equals(replicas)) {
      ring = new Ring(replicas, parts(replicas));
      lastRing = ring;
    }
    List<Part> parts = ring.parts;
    for (Part part : parts) {
      if (part.replicas.size() <= 1 && member) {
        before.raise(part.range, Long.MAX_VALUE);
        started.raise(part.range, Long.MAX_VALUE);
      }
    }
    of.all().forEach(range -> finished.raise(range.range(), range.beforeSeconds()));
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
    return new Cached(
        of, epoch, replicas, member, before.build(), started.build(), finished.build());
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

package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.FetchedRanges.Part;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the ranges that this node is about to replicate. A range that was fetched is not fetched
 * again when this is begun once more, also after a restart ({@link FetchedRanges}), as long as the
 * same node is coming or going, and its replicas are the same. Safe to call from any thread; works
 * on lane 0.
 *
 * <p>Of a range's n replicas so many are asked that every quorum has one among them, n - n/2; the
 * same holds for those of this node's data centre, for what only a quorum of it has acknowledged.
 * Those who are about to leave are asked first: perhaps nobody else has what was acknowledged at
 * ONE.
 */
public final class RangeAcquisition {
  private static final Logger LOGGER = LoggerFactory.getLogger(RangeAcquisition.class);
  private final LaneAccess lanes;
  private final Lane lane;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final PaxosRows agreements;
  private final Clock clock;
  private final StreamLimits limits;
  private final StreamProgress progress = new StreamProgress();
  private final FetchedRanges kept;
  private final Set<Part> fetched = new HashSet<>();

  /** The epoch of the ring in which {@link #fetched} was. */
  private long fetchedIn = -1;

  /** A range that does not wrap, by those who replicate it or are about to. */
  private record Wanted(TokenRange range, Set<UUID> replicas) {
    Part of(String keyspace, UUID table) {
      return new Part(keyspace, table, range, replicas);
    }
  }

  /** Ranges of a keyspace that are fetched from the same replicas, ascending. */
  private record Share(
      KeyspaceDefinition keyspace,
      List<TableDefinition> tables,
      List<NodeInfo> sources,
      List<Wanted> ranges) {}

  /**
   * Creates it.
   *
   * @param lane lane 0
   * @param agreements reads what replicas have promised and accepted
   * @param kept what was fetched before this node was restarted
   */
  public RangeAcquisition(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      PaxosRows agreements,
      FetchedRanges kept,
      Clock clock,
      StreamLimits limits) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.agreements = agreements;
    this.kept = kept;
    this.clock = clock;
    this.limits = limits;
  }

  /** How far it is. */
  public StreamProgress progress() {
    return progress;
  }

  /**
   * Fetches all ranges for which this node is pending now.
   *
   * @param lossy also if too few of the replicas of a range are alive
   * @return completes when all of them are here and durable, on lane 0; fails with a {@link
   *     StreamException} if too few of the replicas of a range answer
   */
  public CompletableFuture<Void> begin(boolean lossy) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(() -> new Run(done, lossy).begin());
    return done;
  }

  /** One attempt. */
  private final class Run {
    private final CompletableFuture<Void> done;
    private final boolean lossy;
    private final long ringEpoch = view.ringEpoch();
    private final ArrayDeque<Share> left = new ArrayDeque<>();
    private final Set<TableFetch> fetches = new LinkedHashSet<>();
    private final long beganNanos = clock.nanoTime();
    private final long bytesBefore = progress.bytes();
    private Throwable failure;
    private int underway;
    private int begun;

    Run(CompletableFuture<Void> done, boolean lossy) {
      this.done = done;
      this.lossy = lossy;
    }

    void begin() {
      try {
        if (fetchedIn != ringEpoch) {
          fetched.clear();
          fetched.addAll(kept.in(ringEpoch));
          fetchedIn = ringEpoch;
          progress.reset();
        }
        int expected = 0;
        int here = 0;
        for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
          // What is computed has no rows anywhere, and no storage engine knows it.
          List<TableDefinition> tables =
              keyspace.tables().values().stream().filter(table -> !table.isVirtual()).toList();
          if (!tables.isEmpty()) {
            List<Share> shares = shares(keyspace, tables, lossy);
            left.addAll(shares);
            for (Share share : shares) {
              expected += share.ranges.size() * (1 + tables.size());
              here += share.ranges.size() - missing(share, agreements.table()).size();
              for (TableDefinition table : tables) {
                here += share.ranges.size() - missing(share, table.id()).size();
              }
            }
          }
        }
        progress.expects(expected, here);
        if (here > 0) {
          LOGGER.info("of {} ranges to be fetched {} are here already", expected, here);
        }
        goOn();
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    }

    /** Begins with further shares, or ends. */
    private void goOn() {
      while (failure == null && underway < limits.atOnce() && !left.isEmpty()) {
        underway++;
        Share share = left.poll();
        step(share, () -> agreements(share));
      }
      if (underway > 0) {
        return;
      }
      if (failure != null) {
        done.completeExceptionally(failure);
        return;
      }
      if (begun > 0) {
        LOGGER.info(
            "fetched {} ranges, {} bytes in {} ms",
            progress.ranges(),
            progress.bytes() - bytesBefore,
            (clock.nanoTime() - beganNanos) / 1_000_000);
      }
      done.complete(null);
    }

    /** Takes a step of a share, unless something has failed. */
    private void step(Share share, Runnable next) {
      if (failure != null) {
        ended(null);
        return;
      }
      try {
        begun++;
        next.run();
      } catch (RuntimeException e) {
        LOGGER.debug("cannot go on with {}", share.keyspace.name(), e);
        ended(e);
      }
    }

    /** A share is over. */
    private void ended(Throwable cause) {
      if (cause != null && failure == null) {
        failure = cause;
        fetches.forEach(fetch -> fetch.cancel(new StreamException("something else has failed")));
      }
      underway--;
      goOn();
    }

    private List<Wanted> missing(Share share, UUID table) {
      return share.ranges.stream()
          .filter(wanted -> !fetched.contains(wanted.of(share.keyspace.name(), table)))
          .toList();
    }

    private void fetched(Share share, UUID table, List<Wanted> ranges) {
      if (fetchedIn != ringEpoch) {
        return;
      }
      List<Part> parts =
          ranges.stream().map(wanted -> wanted.of(share.keyspace.name(), table)).toList();
      for (Part part : parts) {
        if (fetched.add(part)) {
          progress.rangeDone();
        }
      }
      kept.add(ringEpoch, parts);
    }

    /** Fetches what was promised and accepted, range by range, and then the tables. */
    private void agreements(Share share) {
      ArrayDeque<Wanted> ranges = new ArrayDeque<>(missing(share, agreements.table()));
      agreements(share, ranges);
    }

    private void agreements(Share share, ArrayDeque<Wanted> ranges) {
      Wanted wanted = ranges.poll();
      if (wanted == null) {
        step(share, () -> table(share, new ArrayDeque<>(share.tables)));
        return;
      }
      agreements(
          share,
          wanted,
          new ArrayDeque<>(share.sources),
          cause -> {
            if (cause != null) {
              ended(cause);
              return;
            }
            fetched(share, agreements.table(), List.of(wanted));
            lane.execute(() -> step(share, () -> agreements(share, ranges)));
          });
    }

    /** Asks one source after another. */
    private void agreements(
        Share share, Wanted wanted, ArrayDeque<NodeInfo> sources, WriteCallback then) {
      NodeInfo source = sources.poll();
      if (source == null) {
        then.done(null);
        return;
      }
      new RangeFetch(
              lanes,
              lane,
              clock,
              limits,
              progress,
              source.address(),
              new RangePages(
                  messenger,
                  agreements.table(),
                  agreements.slices(share.tables),
                  wanted.range,
                  limits.pageBytes(),
                  RangePages.PURGE_NOTHING),
              agreements::withCommitted,
              cause -> {
                if (cause == null && failure == null) {
                  agreements(share, wanted, sources, then);
                } else {
                  then.done(cause == null ? failure : cause);
                }
              })
          .begin();
    }

    /** Fetches what is missing of one table after another. */
    private void table(Share share, ArrayDeque<TableDefinition> tables) {
      TableDefinition table = tables.peek();
      if (table == null) {
        ended(null);
        return;
      }
      List<Wanted> ranges = missing(share, table.id());
      if (ranges.isEmpty()) {
        tables.poll();
        lane.execute(() -> step(share, () -> table(share, tables)));
        return;
      }
      TableFetch fetch =
          new TableFetch(
              lanes,
              messenger,
              clock,
              limits,
              progress,
              table.id(),
              share.sources.stream().map(NodeInfo::address).toList(),
              ranges.stream().map(Wanted::range).toList());
      fetches.add(fetch);
      fetch
          .begin(begun % lanes.laneCount())
          .whenComplete(
              (count, cause) ->
                  lane.execute(
                      () -> {
                        fetches.remove(fetch);
                        // What is of a table that was dropped meanwhile nobody wants.
                        boolean gone = cause(cause) instanceof UnknownTableException;
                        if (cause != null && !gone) {
                          ended(cause(cause));
                          return;
                        }
                        fetched(share, table.id(), gone ? ranges : ranges.subList(0, count));
                        step(share, () -> table(share, tables));
                      }));
    }
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private boolean isPending(ReplicaSet set) {
    return set.pending().stream().anyMatch(n -> n.hostId().equals(view.self().hostId()));
  }

  /**
   * Who is asked for a range, or too few of them, in the order of their host ids. Which of those
   * who could be it depends on the range, so that all have a part of the work.
   */
  private List<NodeInfo> sources(List<NodeInfo> natural, TokenRange range) {
    List<NodeInfo> alive = new ArrayList<>(natural);
    alive.removeIf(node -> !view.isAlive(node.hostId()));
    alive.sort(Comparator.comparing(NodeInfo::hostId));
    Collections.rotate(alive, Long.hashCode(range.end() * 0x9E37_79B9_7F4A_7C15L) >>> 8);
    alive.sort(Comparator.comparing(node -> node.state() != NodeInfo.State.LEAVING));
    List<NodeInfo> here = alive.stream().filter(this::isHere).toList();
    Set<NodeInfo> sources = new LinkedHashSet<>();
    here.stream()
        .limit(enough((int) natural.stream().filter(this::isHere).count()))
        .forEach(sources::add);
    for (NodeInfo node : alive) {
      if (sources.size() < enough(natural.size())) {
        sources.add(node);
      }
    }
    return sources.stream().sorted(Comparator.comparing(NodeInfo::hostId)).toList();
  }

  private boolean isHere(NodeInfo node) {
    return node.datacenter().equals(view.self().datacenter());
  }

  /** Of so many replicas, how many have one in common with each quorum. */
  private static int enough(int replicas) {
    return replicas - replicas / 2;
  }

  private boolean areEnough(List<NodeInfo> sources, List<NodeInfo> natural) {
    return sources.size() >= enough(natural.size())
        && sources.stream().filter(this::isHere).count()
            >= enough((int) natural.stream().filter(this::isHere).count());
  }

  /**
   * What this node is about to replicate of a keyspace, by those who are asked for it; in so many
   * pieces that all that may run at once can.
   */
  private List<Share> shares(
      KeyspaceDefinition keyspace, List<TableDefinition> tables, boolean lossy) {
    KeyspaceReplicas replicas = view.replicas(keyspace);
    Map<List<NodeInfo>, List<Wanted>> bySources = new LinkedHashMap<>();
    for (TokenRange range : replicas.ranges()) {
      ReplicaSet set = replicas.of(range.end());
      if (!isPending(set)) {
        continue;
      }
      List<NodeInfo> natural = set.natural();
      List<NodeInfo> sources = sources(natural, range);
      if (!lossy && !areEnough(sources, natural)) {
        throw new StreamException(
            "of the replicas "
                + natural.stream().map(NodeInfo::address).toList()
                + " of "
                + range
                + " in "
                + keyspace.name()
                + " only "
                + natural.stream().filter(n -> view.isAlive(n.hostId())).count()
                + " are alive");
      }
      List<Wanted> wanted = bySources.computeIfAbsent(sources, unknown -> new ArrayList<>());
      Set<UUID> all =
          Stream.concat(natural.stream(), set.pending().stream())
              .map(NodeInfo::hostId)
              .collect(Collectors.toUnmodifiableSet());
      RangePages.parts(range).forEach(part -> wanted.add(new Wanted(part, all)));
    }
    List<Share> shares = new ArrayList<>();
    int pieces = Math.max(1, limits.atOnce() / Math.max(1, bySources.size()));
    bySources.forEach(
        (sources, wanted) -> {
          wanted.sort(Comparator.comparingLong(one -> one.range.start()));
          for (int i = 0; i < pieces; i++) {
            List<Wanted> some =
                wanted.subList(wanted.size() * i / pieces, wanted.size() * (i + 1) / pieces);
            if (!some.isEmpty()) {
              shares.add(new Share(keyspace, tables, sources, List.copyOf(some)));
            }
          }
        });
    return shares;
  }
}

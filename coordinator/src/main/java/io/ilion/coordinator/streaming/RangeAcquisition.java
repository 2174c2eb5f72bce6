package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.replica.read.RangePages;
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
import io.ilion.storage.Slices;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the ranges that this node is about to replicate. A range that was fetched is not fetched
 * again when this is begun once more, as long as the same node is coming or going, and its replicas
 * are the same. Safe to call from any thread; works on lane 0.
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
  private final Set<Wanted> fetched = new HashSet<>();

  /** The epoch of the ring in which {@link #fetched} was. */
  private long fetchedIn = -1;

  /** A range of a keyspace, by those who replicate it. */
  private record Wanted(String keyspace, TokenRange range, ReplicaSet replicas) {}

  /**
   * Creates it.
   *
   * @param lane lane 0
   * @param agreements reads what replicas have promised and accepted
   */
  public RangeAcquisition(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      PaxosRows agreements,
      Clock clock,
      StreamLimits limits) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.agreements = agreements;
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
    private final ArrayDeque<Wanted> left = new ArrayDeque<>();
    private final long beganNanos = clock.nanoTime();
    private final long bytesBefore = progress.bytes();
    private int underway;

    Run(CompletableFuture<Void> done, boolean lossy) {
      this.done = done;
      this.lossy = lossy;
    }

    void begin() {
      try {
        if (fetchedIn != ringEpoch) {
          fetched.clear();
          fetchedIn = ringEpoch;
          progress.reset();
        }
        for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
          KeyspaceReplicas replicas = view.replicas(keyspace);
          for (TokenRange range : replicas.ranges()) {
            ReplicaSet set = replicas.of(range.end());
            Wanted wanted = new Wanted(keyspace.name(), range, set);
            if (isPending(set) && !fetched.contains(wanted)) {
              left.add(wanted);
            }
          }
        }
        progress.expects(fetched.size() + left.size());
        for (int i = 0; i < limits.atOnce() && !left.isEmpty(); i++) {
          underway++;
          fetch(left.poll());
        }
        if (underway == 0) {
          done.complete(null);
        }
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    }

    private void fetch(Wanted wanted) {
      try {
        ArrayDeque<Step> steps = steps(wanted, lossy);
        next(wanted, steps);
      } catch (RuntimeException e) {
        ended(wanted, e);
      }
    }

    private void next(Wanted wanted, ArrayDeque<Step> steps) {
      Step step = steps.poll();
      if (step == null) {
        ended(wanted, null);
        return;
      }
      WriteCallback then =
          failure -> {
            if (failure == null && !done.isDone()) {
              next(wanted, steps);
            } else {
              ended(wanted, failure);
            }
          };
      new RangeFetch(
              lanes,
              lane,
              clock,
              limits,
              progress,
              step.source.address(),
              new RangePages(
                  messenger,
                  step.table,
                  step.slices,
                  step.range,
                  limits.pageBytes(),
                  RangePages.PURGE_NOTHING),
              step.also,
              then)
          .begin();
    }

    private void ended(Wanted wanted, Throwable failure) {
      if (failure != null) {
        done.completeExceptionally(failure);
      } else if (fetchedIn == ringEpoch && fetched.add(wanted)) {
        progress.rangeDone();
      }
      underway--;
      if (!done.isDone() && !left.isEmpty()) {
        underway++;
        fetch(left.poll());
      } else if (underway == 0 && !done.isDone()) {
        LOGGER.info(
            "fetched {} ranges, {} bytes in {} ms",
            fetched.size(),
            progress.bytes() - bytesBefore,
            (clock.nanoTime() - beganNanos) / 1_000_000);
        done.complete(null);
      }
    }
  }

  private boolean isPending(ReplicaSet set) {
    return set.pending().stream().anyMatch(n -> n.hostId().equals(view.self().hostId()));
  }

  /** Something to be fetched from one replica. */
  private record Step(
      NodeInfo source,
      UUID table,
      Slices slices,
      TokenRange range,
      UnaryOperator<List<RangePages.Update>> also) {}

  /** Who is asked for a range, or too few of them. */
  private List<NodeInfo> sources(List<NodeInfo> natural) {
    List<NodeInfo> alive =
        natural.stream()
            .filter(node -> view.isAlive(node.hostId()))
            .sorted(Comparator.comparing(node -> node.state() != NodeInfo.State.LEAVING))
            .toList();
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
    return List.copyOf(sources);
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

  /** What is fetched for a range, one after the other. */
  private ArrayDeque<Step> steps(Wanted wanted, boolean lossy) {
    KeyspaceDefinition keyspace = schema.get().keyspace(wanted.keyspace);
    ArrayDeque<Step> steps = new ArrayDeque<>();
    if (keyspace == null) {
      return steps;
    }
    // What is computed has no rows anywhere, and no storage engine knows it.
    List<TableDefinition> tables =
        keyspace.tables().values().stream().filter(table -> !table.isVirtual()).toList();
    if (tables.isEmpty()) {
      return steps;
    }
    List<NodeInfo> natural = wanted.replicas.natural();
    List<NodeInfo> sources = sources(natural);
    if (!lossy && !areEnough(sources, natural)) {
      throw new StreamException(
          "of the replicas "
              + natural.stream().map(NodeInfo::address).toList()
              + " of "
              + wanted.range
              + " in "
              + wanted.keyspace
              + " only "
              + natural.stream().filter(n -> view.isAlive(n.hostId())).count()
              + " are alive");
    }
    for (TokenRange part : RangePages.parts(wanted.range)) {
      for (NodeInfo source : sources) {
        steps.add(
            new Step(
                source,
                agreements.table(),
                agreements.slices(tables),
                part,
                agreements::withCommitted));
      }
      for (TableDefinition table : tables) {
        for (NodeInfo source : sources) {
          steps.add(new Step(source, table.id(), Slices.ALL, part, page -> page));
        }
      }
    }
    return steps;
  }
}

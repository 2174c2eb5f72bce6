package io.ilion.coordinator.streaming;

import io.ilion.coordinator.streaming.FetchedRanges.Part;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches the ranges that this node is about to replicate. A range that was fetched is not fetched
 * again when this is begun once more, also after a restart ({@link FetchedRanges}), as long as the
 * same node is coming or going, and its replicas are the same. Safe to call from any thread; works
 * on lane 0.
 *
 * <p>So many of a range's replicas are asked that every quorum has one among them, also those of
 * this node's data centre ({@link StreamSources}). Who cannot read what it has is replaced by
 * another one of which the same holds; if there is none, it fails.
 */
public final class RangeAcquisition {
  private final StreamHost host;
  private final ClusterView view;
  private final StreamProgress progress = new StreamProgress();
  private final FetchedRanges kept;
  private final Set<Part> fetched = new HashSet<>();

  /** The epoch of the ring in which {@link #fetched} was. */
  private long fetchedIn = -1;

  /**
   * Creates it.
   *
   * @param kept what was fetched before this node was restarted
   */
  public RangeAcquisition(StreamHost host, FetchedRanges kept) {
    this.host = host;
    this.view = host.view();
    this.kept = kept;
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
   *     StreamException} if too few of the replicas of a range answer, or can read what they have
   */
  public CompletableFuture<Void> begin(boolean lossy) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    host.lane().execute(() -> begin(lossy, done));
    return done;
  }

  private void begin(boolean lossy, CompletableFuture<Void> done) {
    try {
      long ringEpoch = view.ringEpoch();
      if (fetchedIn != ringEpoch) {
        fetched.clear();
        fetched.addAll(kept.in(ringEpoch));
        fetchedIn = ringEpoch;
        progress.reset();
      }
      List<RangeShare> shares = new ArrayList<>();
      for (KeyspaceDefinition keyspace : host.schema().get().keyspaces().values()) {
        if (!RangeShare.tables(keyspace).isEmpty()) {
          shares.addAll(shares(keyspace, lossy));
        }
      }
      new RangeRun(host, progress, shares, new Noted(ringEpoch))
          .begin()
          .whenComplete(
              (all, failure) -> {
                if (failure == null) {
                  done.complete(null);
                } else {
                  done.completeExceptionally(failure);
                }
              });
    } catch (RuntimeException e) {
      done.completeExceptionally(e);
    }
  }

  /** What was fetched in one epoch of the ring; later nobody is interested in it. */
  private final class Noted implements RangeRun.Ledger {
    private final long ringEpoch;

    Noted(long ringEpoch) {
      this.ringEpoch = ringEpoch;
    }

    @Override
    public boolean has(Part part) {
      return fetched.contains(part);
    }

    @Override
    public int add(List<Part> parts) {
      if (fetchedIn != ringEpoch) {
        return 0;
      }
      int before = fetched.size();
      fetched.addAll(parts);
      kept.add(ringEpoch, parts);
      return fetched.size() - before;
    }

    @Override
    public StreamException obstacle() {
      return null;
    }
  }

  private boolean isPending(ReplicaSet set) {
    return set.pending().stream().anyMatch(n -> n.hostId().equals(view.self().hostId()));
  }

  /** What this node is about to replicate of a keyspace, by those who are asked for it. */
  private List<RangeShare> shares(KeyspaceDefinition keyspace, boolean lossy) {
    StreamSources sources = new StreamSources(view);
    Set<String> here = StreamSources.datacenters(keyspace, List.of(view.self()));
    KeyspaceReplicas replicas = view.replicas(keyspace);
    RangeShare.Collector collector =
        new RangeShare.Collector(
            keyspace,
            (range, damaged) -> {
              StreamSources left = new StreamSources(view, damaged);
              List<NodeInfo> natural = replicas.of(range.end()).natural();
              List<NodeInfo> asked = left.of(natural, here, range);
              left.expectEnough(asked, natural, here, range, keyspace.name());
              return asked;
            });
    for (TokenRange range : replicas.ranges()) {
      ReplicaSet set = replicas.of(range.end());
      if (!isPending(set)) {
        continue;
      }
      List<NodeInfo> asked = sources.of(set.natural(), here, range);
      if (!lossy) {
        sources.expectEnough(asked, set.natural(), here, range, keyspace.name());
      }
      collector.add(range, set, asked);
    }
    return collector.shares(host.limits().atOnce());
  }
}

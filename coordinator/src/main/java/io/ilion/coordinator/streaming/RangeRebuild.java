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
import java.util.concurrent.CompletionStage;

/**
 * Fetches what this node replicates from the other replicas, as after it became a replica by a
 * change of a keyspace's replication, or has lost its files. What one that failed, was given up or
 * ended with the node has fetched is not fetched again ({@link FetchedRanges}): since this node was
 * a replica meanwhile, it has been sent what was written. Safe to call from any thread; works on
 * lane 0.
 *
 * <p>Of each range so many replicas of each data centre are asked, or of one of them alone, that
 * every quorum has one of them ({@link StreamSources}); this node counts as one that has nothing.
 * Who cannot read what it has is replaced by another one, if enough are left.
 */
public final class RangeRebuild {
  private static final int ANY = 0;

  private final StreamHost host;
  private final ClusterView view;
  private final StreamProgress progress = new StreamProgress();
  private final FetchedRanges kept;

  /** Of lane 0: what is under way, or null. */
  private RangeRun run;

  /**
   * What is to be fetched.
   *
   * @param keyspaces those that other nodes keep too
   * @param datacenter whose replicas are asked; null for all
   * @param lossy also if too few of the replicas of a range are alive
   * @param fresh also what was fetched by one that did not come to its end
   */
  public record Request(
      List<KeyspaceDefinition> keyspaces, String datacenter, boolean lossy, boolean fresh) {}

  /**
   * Creates it.
   *
   * @param kept what was fetched by one that did not come to its end
   */
  public RangeRebuild(StreamHost host, FetchedRanges kept) {
    this.host = host;
    this.view = host.view();
    this.kept = kept;
  }

  /** How far it is, or the last one was. */
  public StreamProgress progress() {
    return progress;
  }

  /**
   * Begins.
   *
   * @return completes when all is here and durable, on lane 0; fails with a {@link StreamException}
   *     if one is under way already, too few of the replicas of a range are alive or can read what
   *     they have, it was given up, or who replicates what has changed meanwhile
   */
  public CompletableFuture<Void> begin(Request request) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    host.lane()
        .execute(
            () -> {
              try {
                begin(request, done);
              } catch (RuntimeException e) {
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  /** Gives up what is under way, if anything is; what is here stays. */
  public void cancel() {
    host.lane()
        .execute(
            () -> {
              if (run != null) {
                run.cancel(new StreamException("the rebuild was given up"));
              }
            });
  }

  /**
   * Forgets what was fetched, since this node is about to discard some of what it has; completes
   * when that is durable.
   */
  public CompletionStage<Void> forget() {
    return kept.forget();
  }

  private void begin(Request request, CompletableFuture<Void> done) {
    if (run != null) {
      throw new StreamException("a rebuild is under way already");
    }
    List<RangeShare> shares = new ArrayList<>();
    for (KeyspaceDefinition keyspace : request.keyspaces) {
      if (!RangeShare.tables(keyspace).isEmpty()) {
        shares.addAll(shares(keyspace, request));
      }
    }
    progress.reset();
    Noted noted = new Noted(request);
    run = new RangeRun(host, progress, shares, noted);
    run.begin()
        .whenComplete(
            (all, failure) -> {
              run = null;
              if (failure == null) {
                // The next one fetches everything again.
                noted.forget();
                done.complete(null);
              } else {
                done.completeExceptionally(failure);
              }
            });
  }

  /** What was fetched of the same data centre by any rebuild that has not come to its end. */
  private final class Noted implements RangeRun.Ledger {
    private final Request request;
    private final long ringEpoch = view.ringEpoch();
    private final long forgets = kept.forgets();
    private final long source;
    private final Set<Part> fetched = new HashSet<>();

    Noted(Request request) {
      this.request = request;
      source = request.datacenter == null ? ANY : request.datacenter.hashCode();
      if (!request.fresh) {
        fetched.addAll(kept.in(source));
      }
    }

    @Override
    public boolean has(Part part) {
      return fetched.contains(part);
    }

    @Override
    public int add(List<Part> parts) {
      if (obstacle() != null) {
        return 0;
      }
      int before = fetched.size();
      fetched.addAll(parts);
      kept.add(source, parts);
      return fetched.size() - before;
    }

    void forget() {
      kept.remove(source, part -> hasKeyspace(part.keyspace()));
    }

    private boolean hasKeyspace(String name) {
      return request.keyspaces.stream().anyMatch(keyspace -> keyspace.name().equals(name));
    }

    /** Whoever is no replica of a range any more must not write into it. */
    @Override
    public StreamException obstacle() {
      // Ranges may have gone and come back, and what was fetched of them was discarded.
      boolean isSame = view.ringEpoch() == ringEpoch && kept.forgets() == forgets;
      for (KeyspaceDefinition keyspace : request.keyspaces) {
        KeyspaceDefinition now = host.schema().get().keyspace(keyspace.name());
        isSame &= now == null || now.replication().equals(keyspace.replication());
      }
      return isSame
          ? null
          : new StreamException(
              "who replicates what has changed: rebuild once more, it goes on where it was");
    }
  }

  /** What this node replicates of a keyspace, by those who are asked for it. */
  private List<RangeShare> shares(KeyspaceDefinition keyspace, Request request) {
    StreamSources sources = new StreamSources(view);
    KeyspaceReplicas replicas = view.replicas(keyspace);
    RangeShare.Collector collector =
        new RangeShare.Collector(
            keyspace,
            (range, damaged) -> {
              StreamSources left = new StreamSources(view, damaged);
              List<NodeInfo> there = there(replicas.of(range.end()), request);
              Set<String> datacenters = StreamSources.datacenters(keyspace, there);
              List<NodeInfo> asked = left.of(there, datacenters, range);
              left.expectEnough(asked, there, datacenters, range, keyspace.name());
              return asked;
            });
    for (TokenRange range : replicas.ranges()) {
      ReplicaSet set = replicas.of(range.end());
      if (!set.natural().contains(view.self())) {
        continue;
      }
      List<NodeInfo> there = there(set, request);
      Set<String> datacenters = StreamSources.datacenters(keyspace, there);
      List<NodeInfo> asked = sources.of(there, datacenters, range);
      if (!request.lossy) {
        sources.expectEnough(asked, there, datacenters, range, keyspace.name());
      }
      if (!asked.isEmpty()) {
        collector.add(range, set, asked);
      }
    }
    return collector.shares(host.limits().atOnce());
  }

  /** Those of a range's replicas that may be asked. */
  private static List<NodeInfo> there(ReplicaSet set, Request request) {
    return set.natural().stream()
        .filter(n -> request.datacenter == null || n.datacenter().equals(request.datacenter))
        .toList();
  }
}

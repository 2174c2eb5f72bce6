package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.repair.RepairService.SyncRequest;
import io.ilion.coordinator.repair.RepairService.TreeRequest;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Makes the replicas of ranges equal. This node takes from each of the others what lies in the
 * leaves in which they differ, and then has each of them take it from here. Any thread may call
 * this; it works on lane 0, one range at a time.
 */
public final class Repairs {
  private static final int LEAVES = 1024;
  private static final long TREE_TIMEOUT_NANOS = 600_000_000_000L;
  private static final long SYNC_TIMEOUT_NANOS = 3_600_000_000_000L;

  /** Of lane 0, whatever the number of lanes. */
  private static final long FIRST_TOKEN = Long.MIN_VALUE;

  private final Lane lane;
  private final Messenger messenger;
  private final ClusterView view;
  private final Clock clock;
  private final RepairService service;

  /**
   * Creates it, and takes the requests of others.
   *
   * @param lane lane 0
   */
  public Repairs(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      ClusterView view,
      Clock clock,
      StreamLimits limits) {
    this.lane = lane;
    this.messenger = messenger;
    this.view = view;
    this.clock = clock;
    service = new RepairService(lanes, lane, messenger, clock, limits);
  }

  /**
   * What a repair did.
   *
   * @param ranges that were compared
   * @param differing parts of them in which another replica differed
   * @param bytesFetched by this node and by others
   */
  public record Report(int ranges, int differing, long bytesFetched) {}

  /** Some replica did not take part; what was repaired before stays so. */
  public static final class RepairException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RepairException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Repairs a table in all ranges that this node replicates.
   *
   * @param within only what lies in this range is compared
   * @return fails with a {@link RepairException} if a replica is down or fails
   */
  public CompletableFuture<Report> repair(
      KeyspaceDefinition keyspace, TableDefinition table, TokenRange within) {
    CompletableFuture<Report> done = new CompletableFuture<>();
    lane.execute(() -> new Run(keyspace, table, within, done).begin());
    return done;
  }

  /** The part of a range that lies in another, neither of which wraps; null if there is none. */
  static TokenRange common(TokenRange a, TokenRange b) {
    long start = Math.max(a.start(), b.start());
    long end = Math.min(a.end(), b.end());
    return start < end ? new TokenRange(start, end) : null;
  }

  private record Part(TokenRange range, List<NodeInfo> others) {}

  /** The repair of one table. */
  private final class Run {
    private final KeyspaceDefinition keyspace;
    private final TableDefinition table;
    private final TokenRange within;
    private final CompletableFuture<Report> done;
    private final ArrayDeque<Part> left = new ArrayDeque<>();
    private int ranges;
    private int differing;
    private long bytes;

    Run(
        KeyspaceDefinition keyspace,
        TableDefinition table,
        TokenRange within,
        CompletableFuture<Report> done) {
      this.keyspace = keyspace;
      this.table = table;
      this.within = within;
      this.done = done;
    }

    void begin() {
      KeyspaceReplicas replicas = view.replicas(keyspace);
      for (TokenRange range : replicas.ranges()) {
        ReplicaSet set = replicas.of(range.end());
        List<NodeInfo> others =
            set.natural().stream().filter(n -> !n.hostId().equals(view.self().hostId())).toList();
        if (others.size() < set.natural().size() && !others.isEmpty()) {
          for (TokenRange part : RangePages.parts(range)) {
            for (TokenRange wanted : RangePages.parts(within)) {
              TokenRange common = common(part, wanted);
              if (common != null) {
                left.add(new Part(common, others));
              }
            }
          }
        }
      }
      ranges = left.size();
      next();
    }

    private void next() {
      Part part = left.poll();
      if (part == null) {
        done.complete(new Report(ranges, differing, bytes));
        return;
      }
      long purge = clock.wallSeconds() - table.properties().gcGraceSeconds();
      TreeRequest request = new TreeRequest(table.id(), part.range, LEAVES, purge);
      Map<NodeInfo, MerkleTree> trees = new LinkedHashMap<>();
      List<NodeInfo> asked = new ArrayList<>(part.others);
      asked.add(view.self());
      for (NodeInfo node : asked) {
        ask(
            node,
            Verb.REPAIR_TREE,
            request.encode(),
            TREE_TIMEOUT_NANOS,
            answer -> {
              trees.put(node, request.decodeAnswer(answer));
              if (trees.size() == asked.size()) {
                compare(part, trees);
              }
            });
      }
    }

    private void compare(Part part, Map<NodeInfo, MerkleTree> trees) {
      MerkleTree own = trees.get(view.self());
      ArrayDeque<SyncRequest> fetches = new ArrayDeque<>();
      List<TokenRange> any = new ArrayList<>();
      for (NodeInfo other : part.others) {
        List<TokenRange> differences = own.differences(trees.get(other));
        if (!differences.isEmpty()) {
          differing += differences.size();
          fetches.add(new SyncRequest(table.id(), other.address(), differences));
          any.addAll(differences);
        }
      }
      if (any.isEmpty()) {
        next();
      } else {
        fetch(part, fetches, any);
      }
    }

    private void fetch(Part part, ArrayDeque<SyncRequest> fetches, List<TokenRange> any) {
      SyncRequest request = fetches.poll();
      if (request == null) {
        give(part, any);
        return;
      }
      service.fetch(
          request,
          (count, failure) -> {
            if (failure != null) {
              done.completeExceptionally(failure);
            } else {
              bytes += count;
              fetch(part, fetches, any);
            }
          });
    }

    /** Has the others take what is together here now. */
    private void give(Part part, List<TokenRange> any) {
      byte[] payload = new SyncRequest(table.id(), messenger.self(), any).encode();
      int[] open = {part.others.size()};
      for (NodeInfo node : part.others) {
        ask(
            node,
            Verb.REPAIR_SYNC,
            payload,
            SYNC_TIMEOUT_NANOS,
            answer -> {
              bytes += RepairService.decodeSynced(answer);
              if (--open[0] == 0) {
                next();
              }
            });
      }
    }

    private interface Then {
      void run(ByteBuffer answer);
    }

    private void ask(NodeInfo node, Verb verb, byte[] payload, long timeout, Then then) {
      messenger.request(
          node.address(),
          verb,
          FIRST_TOKEN,
          payload,
          timeout,
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer answer) {
              try {
                then.run(answer);
              } catch (RuntimeException e) {
                done.completeExceptionally(e);
              }
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              done.completeExceptionally(
                  new RepairException(from + " does not take part: " + reason));
            }
          });
    }
  }
}

package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.read.PartitionAnswers;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.Slices;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator.SplittableGenerator;

/** A node's two parts in the agreement on partitions. */
public final class PaxosAgreement {
  /** So long an answer about what is unfinished is good at most. */
  private static final long FRESH_NANOS = 300_000_000_000L;

  /** Rounds end before that, whatever the margin is. */
  private static final long LEAST_ROUND_NANOS = 60_000_000_000L;

  private final LaneAccess lanes;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final PaxosAcceptor acceptor;
  private final PaxosCoordinator coordinator;
  private final UnfinishedRounds unfinished;

  /**
   * Both parts; the replica's begins with {@link #register}.
   *
   * @param scheduler whose lanes these are
   * @param table {@code system.paxos}
   * @param horizons {@code system.paxos_repair_history}
   * @param micros microseconds since 1970 that never repeat
   * @param random of its own
   * @param hints keeps decided updates for replicas that are down
   * @param finished of which agreements nothing has to be remembered
   * @param marginNanos whatever is under way has arrived after so long; the margin of repairs
   * @param promiseBytes what promises may take that are remembered one by one
   */
  public PaxosAgreement(
      LaneAccess lanes,
      Scheduler scheduler,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      TableDefinition table,
      TableDefinition horizons,
      Clock clock,
      LongSupplier micros,
      SplittableGenerator random,
      HintKeeper hints,
      FinishedAgreements finished,
      long marginNanos,
      long promiseBytes) {
    this.lanes = lanes;
    this.view = view;
    this.schema = schema;
    Electorates electorates = new SchemaElectorates();
    long roundNanos = Math.max(marginNanos, LEAST_ROUND_NANOS);
    acceptor =
        new PaxosAcceptor(
            lanes,
            new RecentPromises(
                lanes,
                new PaxosTable(lanes, table, clock),
                new PromiseHorizon(lanes, horizons, clock, roundNanos),
                finished,
                clock,
                roundNanos,
                promiseBytes),
            this::read,
            electorates,
            finished);
    coordinator =
        new PaxosCoordinator(
            lanes,
            scheduler,
            messenger,
            electorates,
            node -> view.isAlive(node.hostId()),
            clock,
            micros,
            random,
            hints);
    unfinished =
        new UnfinishedRounds(
            lanes,
            table,
            view,
            schema,
            clock,
            coordinator,
            finished,
            Math.min(FRESH_NANOS, marginNanos / 4));
  }

  /** Takes the requests of the three verbs. */
  public void register(Messenger messenger) {
    acceptor.register(messenger);
  }

  /** The coordinator's part. */
  public PaxosCoordinator coordinator() {
    return coordinator;
  }

  /** What may still be completed. */
  public UnfinishedRounds unfinished() {
    return unfinished;
  }

  private void read(PaxosKey key, Slices slices, PartitionRows.Callback callback) {
    new PartitionAnswers(key.table(), key.bytes(), key.token(), slices)
        .read(lanes.store(lanes.laneOf(key.token())), callback::done);
  }

  /** As the schema and the view of the cluster say. */
  private final class SchemaElectorates implements Electorates {
    @Override
    public Electorate of(PaxosKey key, boolean local) {
      TableDefinition table = schema.get().table(key.table());
      KeyspaceDefinition keyspace = table == null ? null : schema.get().keyspace(table.keyspace());
      return keyspace == null
          ? null
          : Electorate.of(
              view.replicas(keyspace).of(key.token()), local ? view.self().datacenter() : null);
    }

    @Override
    public boolean isIn(Electorate electorate) {
      UUID self = view.self().hostId();
      for (NodeInfo node : electorate.participants()) {
        if (node.hostId().equals(self)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean isTruncated(PaxosKey key) {
      return schema.get().truncated(key.table()) != null;
    }
  }
}

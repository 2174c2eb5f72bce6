package io.ilion.coordinator.write;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.CommitLevel;
import io.ilion.coordinator.paxos.PartitionDecision;
import io.ilion.coordinator.paxos.PaxosCoordinator;
import io.ilion.coordinator.paxos.PaxosException;
import io.ilion.coordinator.paxos.PaxosKey;
import io.ilion.coordinator.replica.KeyspaceArithmetic;
import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.coordinator.replica.read.PartitionAnswers;
import io.ilion.coordinator.replica.read.ReadTimeoutException;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.gossip.ClusterView;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Decides conditional statements and batches on partitions that have other replicas than this node:
 * the replicas agree on each. Safe to call from any lane.
 */
public final class ReplicatedConditions {
  private static final byte[] NOTHING = {};

  private final PaxosCoordinator agreement;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Clock clock;
  private final LongSupplier contentionNanos;
  private final LongSupplier writeNanos;
  private final KeyspaceArithmetic arithmetic;

  /**
   * Creates it.
   *
   * @param contentionNanos after which nothing is proposed for the first time
   * @param writeNanos how much longer the outcome of what was proposed is waited for
   */
  public ReplicatedConditions(
      PaxosCoordinator agreement,
      ClusterView view,
      Supplier<Schema> schema,
      Clock clock,
      LongSupplier contentionNanos,
      LongSupplier writeNanos) {
    this.agreement = agreement;
    this.view = view;
    this.schema = schema;
    this.clock = clock;
    this.contentionNanos = contentionNanos;
    this.writeNanos = writeNanos;
    arithmetic = new KeyspaceArithmetic(view.self().datacenter());
  }

  /** Whether a table has replicas on other nodes, or is about to have. */
  boolean concerns(TableDefinition table) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    return keyspace != null && !view.replicas(keyspace).isLocalOnly();
  }

  /**
   * Decides.
   *
   * @param first the modifications, bound to any timestamp
   * @param bind gives the modifications for the timestamp of an attempt
   * @param serial SERIAL or LOCAL_SERIAL
   * @param commit the level at which the outcome counts as written
   */
  void decide(
      List<BoundModification> first,
      Function<Long, List<BoundModification>> bind,
      Consistency serial,
      Consistency commit,
      boolean inBatch,
      long nowSeconds,
      WriteChecks checks,
      Consumer<String> warnings,
      ConditionalResult.Callback callback) {
    TableDefinition table = first.get(0).plan().table();
    PaxosKey key = PaxosKey.of(table.id(), first.get(0).partitionKeys().get(0));
    List<byte[]> rows = new ArrayList<>();
    first.forEach(m -> rows.addAll(m.clusteringKeys()));
    PaxosCoordinator.Terms terms = terms(table, serial, commit);
    Statement statement =
        new Statement(key, LockedReads.slices(rows), false, bind, nowSeconds, checks, warnings);
    agreement.decide(
        key,
        terms,
        statement,
        (changed, failure) -> {
          if (failure != null) {
            callback.done(null, told(failure, serial, commit));
          } else if (changed || statement.holds) {
            callback.done(ConditionalResult.APPLIED, null);
          } else if (statement.needsFirstRow()) {
            refuseWithFirstRow(key, terms, statement, serial, commit, inBatch, callback);
          } else {
            callback.done(statement.refusal(inBatch), null);
          }
        });
  }

  /**
   * The conditions were on static columns alone, of which there are none: whether there is any row
   * then makes a difference to the answer.
   */
  private void refuseWithFirstRow(
      PaxosKey key,
      PaxosCoordinator.Terms terms,
      Statement refused,
      Consistency serial,
      Consistency commit,
      boolean inBatch,
      ConditionalResult.Callback callback) {
    Statement first = refused.readingAll();
    agreement.decide(
        key,
        terms,
        first,
        (changed, failure) -> {
          if (failure != null) {
            callback.done(null, told(failure, serial, commit));
          } else {
            callback.done(first.refusal(inBatch), null);
          }
        });
  }

  /** As {@link Writer#settle}. */
  void settle(
      TableDefinition table, byte[] partitionKey, Consistency serial, WriteCallback callback) {
    agreement.decide(
        PaxosKey.of(table.id(), partitionKey),
        terms(table, serial, Consistency.ONE),
        new PartitionDecision() {
          @Override
          public Slices slices() {
            return null;
          }

          @Override
          public byte[] decide(long timestamp, List<byte[]> rows) {
            return NOTHING;
          }
        },
        (changed, failure) -> callback.done(failure == null ? null : readFailure(failure, serial)));
  }

  private PaxosCoordinator.Terms terms(
      TableDefinition table, Consistency serial, Consistency commit) {
    long deadline = clock.nanoTime() + contentionNanos.getAsLong();
    return new PaxosCoordinator.Terms(
        serial == Consistency.LOCAL_SERIAL,
        new CommitLevel(arithmetic(table), commit),
        deadline,
        deadline + writeNanos.getAsLong());
  }

  private static Throwable readFailure(Throwable failure, Consistency serial) {
    return failure instanceof PaxosException e && e.kind() != PaxosException.Kind.UNAVAILABLE
        ? new ReadTimeoutException(serial, e.received(), e.required(), false)
        : told(failure, serial, serial);
  }

  private ReplicaArithmetic arithmetic(TableDefinition table) {
    return arithmetic.of(schema.get().keyspace(table.keyspace()));
  }

  private static Throwable told(Throwable failure, Consistency serial, Consistency commit) {
    if (!(failure instanceof PaxosException e)) {
      return failure;
    }
    return switch (e.kind()) {
      case UNAVAILABLE -> new UnavailableException(serial, "", e.required(), e.received());
      case TIMEOUT ->
          WriteTimeoutException.ofDecision(serial, e.received(), e.required(), e.contentions());
      case UNKNOWN ->
          new DecisionUnknownException(
              serial, Math.min(e.received(), e.required() - 1), e.required());
      case UNCOMMITTED ->
          new WriteTimeoutException(commit, e.received(), e.required(), WriteType.SIMPLE);
    };
  }

  /** A statement or batch as a decision on its partition. */
  private static final class Statement implements PartitionDecision {
    private final PaxosKey key;
    private final Slices slices;
    private final boolean refused;
    private final Function<Long, List<BoundModification>> bind;
    private final long nowSeconds;
    private final WriteChecks checks;
    private final Consumer<String> warnings;
    private List<BoundModification> bound;
    private RowsRead found;
    private long decidedAt;

    /** Whether the conditions hold, though perhaps there is nothing to be changed. */
    private boolean holds;

    /** A statement that looks at some rows; if it is refused already it only looks. */
    Statement(
        PaxosKey key,
        Slices slices,
        boolean refused,
        Function<Long, List<BoundModification>> bind,
        long nowSeconds,
        WriteChecks checks,
        Consumer<String> warnings) {
      this.key = key;
      this.slices = slices;
      this.refused = refused;
      this.bind = bind;
      this.nowSeconds = nowSeconds;
      this.checks = checks;
      this.warnings = warnings;
    }

    Statement readingAll() {
      return new Statement(key, Slices.ALL, true, bind, nowSeconds, checks, warnings);
    }

    @Override
    public Slices slices() {
      return slices;
    }

    @Override
    public byte[] decide(long timestamp, List<byte[]> rows) {
      bound = bind.apply(timestamp);
      decidedAt = timestamp;
      found = new RowsRead(ConditionColumns.of(bound), nowSeconds, refused, failure -> {});
      new PartitionAnswers(key.table(), key.bytes(), key.token(), slices).merge(rows, found);
      holds = !refused && Conditions.holds(bound, found);
      if (!holds) {
        return NOTHING;
      }
      UpdateBuffer buffer = UpdateBuffer.ofDecision();
      bound.forEach(m -> m.addTo(buffer, found));
      List<PartitionUpdate> updates = buffer.build();
      checks.checkValues(updates, warnings);
      checks.requireFitting(updates);
      byte[] update = updates.isEmpty() ? null : updates.get(0).update();
      return update == null ? NOTHING : update;
    }

    @Override
    public long newestSeen() {
      long newest = found.newestTimestamp();
      return Conditions.isInTheWay(newest, decidedAt) ? newest : Long.MIN_VALUE;
    }

    @Override
    public boolean settles() {
      return false;
    }

    private boolean isOnRows() {
      return bound.stream().anyMatch(BoundModification::hasConditionOnRow);
    }

    boolean needsFirstRow() {
      return !refused && !isOnRows() && found.row(key.bytes(), null) == null;
    }

    ConditionalResult refusal(boolean inBatch) {
      List<byte[]> keys = new ArrayList<>();
      if (isOnRows()) {
        bound.stream()
            .filter(BoundModification::hasConditionOnRow)
            .forEach(m -> keys.add(m.conditionRow()));
      } else if (refused && found.firstKey() != null) {
        keys.add(found.firstKey());
      }
      return new Refusal(bound, inBatch).of(found, keys);
    }
  }
}

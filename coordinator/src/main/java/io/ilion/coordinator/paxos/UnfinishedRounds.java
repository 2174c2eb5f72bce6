package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.KeyspaceArithmetic;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Updates that this replica has accepted and does not know to be committed: somebody may complete
 * them at any time, with the deletions and times that they have had from the beginning. Who wants
 * to know what is still on its way asks for the oldest; those of which nobody has cared for a
 * minute are brought to their end along with it, so that the next answer is a later one.
 *
 * <p>It is enough to ask each replica at any moment: an update is decided only if some replica has
 * accepted it since it was proposed, and that replica names it until it has applied it. Asked on
 * lane 0.
 */
public final class UnfinishedRounds {
  private static final int PARTITIONS_AT_ONCE = 256;
  private static final int MOST_COMPLETED = 256;
  private static final long LEFT_ALONE_MILLIS = 60_000;
  private static final long COMPLETION_NANOS = 5_000_000_000L;

  private final LaneAccess lanes;
  private final TableDefinition table;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Clock clock;
  private final PaxosCoordinator coordinator;
  private final FinishedAgreements finished;
  private final int accepted;
  private final int committed;
  private final ClusteringCodec clustering =
      new ClusteringCodec(List.of(NativeType.UUID), List.of(false));
  private final long freshNanos;
  private CompletableFuture<Long> last;
  private long lastNanos;

  /**
   * Of the states in {@code system.paxos}.
   *
   * @param freshNanos so long an answer is good: whatever this replica accepts meanwhile another
   *     names, or is new. So it has to be well below the margin that is taken off when something
   *     follows from the answer.
   */
  UnfinishedRounds(
      LaneAccess lanes,
      TableDefinition table,
      ClusterView view,
      Supplier<Schema> schema,
      Clock clock,
      PaxosCoordinator coordinator,
      FinishedAgreements finished,
      long freshNanos) {
    this.finished = finished;
    this.freshNanos = freshNanos;
    this.lanes = lanes;
    this.table = table;
    this.view = view;
    this.schema = schema;
    this.clock = clock;
    this.coordinator = coordinator;
    accepted = table.column("proposal").id();
    committed = table.column("most_recent_commit").id();
  }

  private record Unfinished(PaxosKey key, boolean local, long millis) {}

  /**
   * When the oldest of them was proposed first, in milliseconds; Long.MAX_VALUE if there is none.
   */
  public CompletionStage<Long> oldestMillis() {
    long now = clock.nanoTime();
    if (last == null
        || last.isCompletedExceptionally()
        || (last.isDone() && now - lastNanos > freshNanos)) {
      last = new CompletableFuture<>();
      lastNanos = now;
      scan(0, PartitionRange.ALL, new ArrayList<>(), last);
    }
    return last;
  }

  private void scan(
      int lane, PartitionRange range, List<Unfinished> found, CompletableFuture<Long> of) {
    if (lane == lanes.laneCount()) {
      end(found, of);
      return;
    }
    lanes.run(
        lane,
        () ->
            lanes
                .store(lane)
                .read(ReadCommand.range(table.id(), range, Slices.ALL), new Sink(lane, found, of)),
        of::completeExceptionally);
  }

  private void end(List<Unfinished> found, CompletableFuture<Long> of) {
    long oldest = Long.MAX_VALUE;
    int completed = 0;
    for (Unfinished one : found) {
      TableDefinition user = schema.get().table(one.key.table());
      KeyspaceDefinition keyspace = user == null ? null : schema.get().keyspace(user.keyspace());
      if (keyspace == null || !replicates(keyspace, one.key.token())) {
        continue;
      }
      oldest = Math.min(oldest, one.millis);
      if (clock.wallMillis() - one.millis > LEFT_ALONE_MILLIS && completed++ < MOST_COMPLETED) {
        complete(keyspace, one);
      }
    }
    of.complete(oldest);
  }

  private boolean replicates(KeyspaceDefinition keyspace, long token) {
    ReplicaSet set = view.replicas(keyspace).of(token);
    return set.natural().contains(view.self()) || set.pending().contains(view.self());
  }

  /**
   * A decision for nothing: what is accepted is completed before it, by those who were to agree on
   * it. A quorum of others need not have a member in common with one of theirs.
   */
  private void complete(KeyspaceDefinition keyspace, Unfinished one) {
    CommitLevel level =
        new CommitLevel(
            new KeyspaceArithmetic(view.self().datacenter()).of(keyspace), Consistency.QUORUM);
    long end = clock.nanoTime() + COMPLETION_NANOS;
    coordinator.decide(
        one.key,
        new PaxosCoordinator.Terms(one.local, level, end, end),
        new PartitionDecision() {
          @Override
          public Slices slices() {
            return null;
          }

          @Override
          public byte[] decide(long timestamp, List<byte[]> rows) {
            return new byte[0];
          }
        },
        (changed, failure) -> {
          // Whoever asks again finds out.
        });
  }

  /** Takes some partitions of one lane, and goes on behind them. */
  private final class Sink implements RowSink {
    private final int lane;
    private final List<Unfinished> found;
    private final CompletableFuture<Long> of;
    private int partitions;
    private long token;
    private byte[] key;

    Sink(int lane, List<Unfinished> found, CompletableFuture<Long> of) {
      this.lane = lane;
      this.found = found;
      this.of = of;
    }

    @Override
    public boolean partition(long newToken, byte[] partitionKey, Deletion deletion) {
      token = newToken;
      key = partitionKey;
      partitions++;
      return true;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      Proposal proposal = Proposal.NONE;
      Proposal commit = Proposal.NONE;
      while (row.nextCell()) {
        if (!row.isTombstone() && row.column() == accepted) {
          proposal = Proposal.read(ByteBuffer.wrap(row.value()));
        } else if (!row.isTombstone() && row.column() == committed) {
          commit = Proposal.read(ByteBuffer.wrap(row.value()));
        }
      }
      if (!proposal.isEmpty() && proposal.ballot().compareTo(commit.ballot()) > 0) {
        byte[] id = clustering.decode(keyArray, keyOffset, keyLength)[0];
        UUID user = (UUID) NativeType.UUID.decode(id);
        // A node that had no part in the range for a while may have what others are done with.
        if (proposal.ballot().micros() < finished.beforeMicros(user, token)) {
          return true;
        }
        found.add(
            new Unfinished(
                PaxosKey.of(user, key),
                proposal.ballot().isLocal(),
                proposal.origin().micros() / 1000));
      }
      return true;
    }

    @Override
    public boolean endOfPartition() {
      return partitions < PARTITIONS_AT_ONCE;
    }

    @Override
    public void finished() {
      if (partitions < PARTITIONS_AT_ONCE) {
        scan(lane + 1, PartitionRange.ALL, found, of);
      } else {
        // Others have their turn.
        lanes.schedule(
            lane,
            1,
            () -> scan(lane, new PartitionRange(token, key, false, Long.MAX_VALUE), found, of));
      }
    }

    @Override
    public void failed(Throwable cause) {
      of.completeExceptionally(cause);
    }
  }
}

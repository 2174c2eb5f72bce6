package io.ilion.coordinator.replica;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties a table on all nodes, all of which have to be alive. Safe to call from any lane.
 *
 * <p>A table of the schema that was agreed on gets new data by an epoch of the metadata log; it is
 * empty when every node works by that epoch. For those that are always there, like that of traces,
 * there is no such epoch: first every node completes the batches that it keeps, and drops its
 * hints, then every node deletes its data, and a write that is on its way meanwhile may stay.
 *
 * <pre>
 * payload of TRUNCATE: u8 version: 1; u8 step: 1 settle, 2 delete, 3 follow; 16 table id
 * </pre>
 */
public final class ClusterTruncation {
  private static final Logger LOGGER = LoggerFactory.getLogger(ClusterTruncation.class);
  private static final int VERSION = 1;
  private static final int SETTLE = 1;
  private static final int DELETE = 2;
  private static final int FOLLOW = 3;
  private static final byte[] DONE = {};

  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Lane lane;
  private final Local local;
  private final LongSupplier timeoutNanos;

  /** What a node does itself. */
  public interface Local {
    /** Completes when nothing that was written before can come back by itself. */
    CompletionStage<Void> settle(TableDefinition table);

    /** Deletes all data of the table here, durably. */
    CompletionStage<Void> delete(TableDefinition table);
  }

  /**
   * Creates it, and takes the truncations of other nodes.
   *
   * @param lane one of this node's, which asks the others
   * @param timeoutNanos that each step may take
   */
  public ClusterTruncation(
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      Lane lane,
      Local local,
      LongSupplier timeoutNanos) {
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.lane = lane;
    this.local = local;
    this.timeoutNanos = timeoutNanos;
    messenger.handle(Verb.TRUNCATE, this::take);
  }

  /** Empties a table that is always there; fails with what the client is to be told. */
  public CompletionStage<Void> truncate(TableDefinition table) {
    return whileAllAreAlive(
        nodes -> step(SETTLE, table, nodes).thenCompose(settled -> step(DELETE, table, nodes)));
  }

  /**
   * Empties a table; fails with what the client is to be told.
   *
   * @param decision begins the epoch, and completes when this node works by it
   */
  public CompletionStage<Void> truncate(
      TableDefinition table, Supplier<CompletionStage<?>> decision) {
    return whileAllAreAlive(
        nodes ->
            decision
                .get()
                .handle(
                    (decided, failure) -> {
                      if (failure != null) {
                        Throwable cause =
                            failure instanceof CompletionException ? failure.getCause() : failure;
                        throw error(cause.getMessage());
                      }
                      return decided;
                    })
                // A node that is behind takes no request of this one before it has followed.
                .thenCompose(decided -> step(FOLLOW, table, nodes)));
  }

  private CompletionStage<Void> whileAllAreAlive(
      Function<List<NodeInfo>, CompletionStage<Void>> steps) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          List<NodeInfo> nodes = new ArrayList<>(view.nodes());
          if (!nodes.stream().allMatch(node -> view.isAlive(node.hostId()))) {
            done.completeExceptionally(error("Cannot achieve consistency level ALL"));
            return;
          }
          steps
              .apply(nodes)
              .whenComplete(
                  (deleted, failure) -> {
                    if (failure == null) {
                      done.complete(null);
                    } else {
                      done.completeExceptionally(failure);
                    }
                  });
        });
    return done;
  }

  private static CqlException error(String message) {
    return new CqlException(ErrorCode.TRUNCATE_ERROR, "Error during truncate: " + message);
  }

  private CompletionStage<Void> step(int step, TableDefinition table, List<NodeInfo> nodes) {
    ByteSink out = Payload.version(VERSION);
    out.writeByte(step);
    Payload.writeUuid(out, table.id());
    byte[] payload = out.toByteArray();
    Step all = new Step(nodes.size());
    lane.execute(
        () -> {
          for (NodeInfo node : nodes) {
            messenger.request(
                node.address(), Verb.TRUNCATE, 0, payload, timeoutNanos.getAsLong(), all);
          }
        });
    return all.done;
  }

  /** Waits for all nodes; on one lane. */
  private static final class Step implements Messenger.Answer {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final int count;
    private int answered;
    private int timedOut;
    private NodeAddress failing;

    Step(int count) {
      this.count = count;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      answered++;
      ended();
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      if (reason == FailureReason.TIMEOUT || reason == FailureReason.NODE_DOWN) {
        timedOut++;
      } else {
        failing = from;
      }
      ended();
    }

    private void ended() {
      if (failing != null) {
        done.completeExceptionally(error("Truncate failed on replica /" + failing));
      } else if (answered == count) {
        done.complete(null);
      } else if (answered + timedOut == count) {
        done.completeExceptionally(
            error("Truncate timed out - received only " + answered + " responses"));
      }
    }
  }

  private void take(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    int step;
    TableDefinition table;
    try {
      Payload.expectVersion(payload, VERSION);
      step = payload.get();
      table = schema.get().table(Payload.readUuid(payload));
      Payload.expectEnd(payload);
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.error("{} sent a truncation that cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    if (step == FOLLOW) {
      reply.answer(DONE);
      return;
    }
    if (table == null || (step != SETTLE && step != DELETE)) {
      reply.fail(table == null ? FailureReason.INCOMPATIBLE_SCHEMA : FailureReason.UNKNOWN);
      return;
    }
    CompletionStage<Void> work = step == SETTLE ? local.settle(table) : local.delete(table);
    work.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            reply.answer(DONE);
          } else {
            LOGGER.error("{} was not truncated here: {}", table, failure.toString());
            reply.fail(FailureReason.UNKNOWN);
          }
        });
  }
}

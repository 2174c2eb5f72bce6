package io.ilion.coordinator.streaming;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.topology.RangeTransfer;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves ranges by having those who will own them fetch them: a node that joins fetches its own, and
 * whoever has a node leave asks each of those who come in its place, again and again, until they
 * say that they have all.
 *
 * <pre>
 * STREAM_REQUEST   u8 version: 2;  u8 1 if too few replicas that are alive have to do
 *   answer         u8 version: 2;  u8 1 if everything is here, 0 if it is on its way;
 *                  i64 bytes fetched;  i32 ranges to be fetched;  i32 ranges fetched
 * </pre>
 */
public final class RangeTransfers implements RangeTransfer {
  private static final Logger LOGGER = LoggerFactory.getLogger(RangeTransfers.class);
  private static final int VERSION = 2;
  private static final long ASK_AGAIN_NANOS = 500_000_000;
  private static final long TIMEOUT_NANOS = 10_000_000_000L;

  /** Of lane 0, whatever the number of lanes. */
  private static final long FIRST_TOKEN = Long.MIN_VALUE;

  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Lane lane;
  private final RangeAcquisition acquisition;

  // Of lane 0: what was begun for others, and by which metadata.
  private CompletableFuture<Void> begun;
  private long begunAt;
  private long begunIn;

  private final Map<UUID, Handed> handed = new ConcurrentHashMap<>();

  /**
   * What another node has fetched so far, as it said last, of what it will own when somebody has
   * left.
   */
  public record Handed(NodeAddress to, long bytes, int ranges, int rangesDone) {}

  /**
   * Creates it, and takes the requests of others.
   *
   * @param lane lane 0
   */
  public RangeTransfers(
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      Lane lane,
      RangeAcquisition acquisition) {
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.lane = lane;
    this.acquisition = acquisition;
    messenger.handle(Verb.STREAM_REQUEST, (from, payload, reply) -> requested(payload, reply));
  }

  /** How far the fetching of this node is. */
  public StreamProgress progress() {
    return acquisition.progress();
  }

  /** How far those are whom this node has asked to fetch what a leaving node owns. */
  public List<Handed> handed() {
    return List.copyOf(handed.values());
  }

  /** Has somebody look from time to time, on lane 0, until something is over. */
  public void watch(CompletionStage<?> until, Runnable look) {
    lane.schedule(
        ASK_AGAIN_NANOS,
        () -> {
          if (!until.toCompletableFuture().isDone()) {
            look.run();
            watch(until, look);
          }
        });
  }

  private void requested(ByteBuffer payload, Messenger.Reply reply) {
    Payload.expectVersion(payload, VERSION);
    boolean lossy = payload.get() == 1;
    Payload.expectEnd(payload);
    if (begun == null
        || begun.isCompletedExceptionally()
        || begunIn != view.ringEpoch()
        || begun.isDone() && begunAt != view.epoch()) {
      begunAt = view.epoch();
      begunIn = view.ringEpoch();
      begun = acquisition.begin(lossy);
      begun.whenComplete(
          (held, failure) -> {
            if (failure != null) {
              LOGGER.warn("ranges are not fetched yet: {}", failure.toString());
            }
          });
      // Until it has begun, its progress is that of an earlier change of the ring.
      lane.execute(() -> tell(reply));
    } else {
      tell(reply);
    }
  }

  private void tell(Messenger.Reply reply) {
    ByteSink out = Payload.version(VERSION);
    boolean isOver =
        begun.isDone() && !begun.isCompletedExceptionally() && begunIn == view.ringEpoch();
    out.writeByte(isOver ? 1 : 0);
    out.writeLong(progress().bytes());
    out.writeInt(progress().ranges());
    out.writeInt(progress().rangesDone());
    reply.answer(out.toByteArray());
  }

  @Override
  public CompletionStage<Void> fetch(ClusterMetadata metadata, NodeInfo self) {
    return acquisition.begin(false);
  }

  @Override
  public CompletionStage<Void> handOver(ClusterMetadata metadata, NodeInfo leaving, boolean lossy) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          try {
            Map<UUID, NodeInfo> owners = pending();
            handed.keySet().retainAll(owners.keySet());
            CompletableFuture<?>[] all =
                owners.values().stream()
                    .map(node -> ask(node, lossy))
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(all)
                .whenComplete(
                    (held, failure) -> {
                      if (failure == null) {
                        done.complete(null);
                      } else {
                        done.completeExceptionally(failure);
                      }
                    });
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  /** All nodes that are about to become replicas of something. */
  private Map<UUID, NodeInfo> pending() {
    Map<UUID, NodeInfo> owners = new LinkedHashMap<>();
    for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
      KeyspaceReplicas replicas = view.replicas(keyspace);
      for (TokenRange range : replicas.ranges()) {
        replicas.of(range.end()).pending().forEach(node -> owners.put(node.hostId(), node));
      }
    }
    return owners;
  }

  /** Asks a node until it has all that it will own. */
  private CompletableFuture<Void> ask(NodeInfo node, boolean lossy) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    ByteSink request = Payload.version(VERSION);
    request.writeByte(lossy ? 1 : 0);
    ask(node, request.toByteArray(), done);
    return done;
  }

  private void ask(NodeInfo node, byte[] request, CompletableFuture<Void> done) {
    messenger.request(
        node.address(),
        Verb.STREAM_REQUEST,
        FIRST_TOKEN,
        request,
        TIMEOUT_NANOS,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer payload) {
            boolean isOver;
            try {
              Payload.expectVersion(payload, VERSION);
              isOver = payload.get() == 1;
              handed.put(
                  node.hostId(),
                  new Handed(from, payload.getLong(), payload.getInt(), payload.getInt()));
            } catch (CorruptDataException | BufferUnderflowException e) {
              done.completeExceptionally(e);
              return;
            }
            if (isOver) {
              done.complete(null);
            } else {
              lane.schedule(ASK_AGAIN_NANOS, () -> ask(node, request, done));
            }
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            done.completeExceptionally(
                new StreamException(from + " does not fetch its ranges: " + reason));
          }
        });
  }
}

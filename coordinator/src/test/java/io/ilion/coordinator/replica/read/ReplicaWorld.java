package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.MemoryShare;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.TableOptions;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Nodes in a simulated world, each with a real storage engine and messenger. */
final class ReplicaWorld {
  static final UUID TABLE = new UUID(7, 1);

  private static final int FACTOR = 3;

  private static final TableDefinition DEFINITION =
      new TableDefinition(
          "ks",
          "t",
          TABLE,
          List.of(
              new ColumnDefinition(
                  1, "k", ColumnDefinition.Kind.PARTITION_KEY, 0, NativeType.BLOB, false)),
          List.of(),
          10,
          TableProperties.DEFAULT,
          false);

  final SimulatedWorld world;
  final List<Member> members = new ArrayList<>();

  /** When reads that begin from now on ask one more replica. */
  String speculativeRetry = DEFINITION.properties().speculativeRetry();

  /** Whether they write what replicas lack. */
  String readRepair = DEFINITION.properties().readRepair();

  /** How long the commit logs of nodes that start from now on wait before they sync. */
  long groupWindowNanos;

  /** What a node does with an update. */
  enum Updates {
    WRITTEN,
    REFUSED,
    /** Nobody hears of it. */
    IGNORED
  }

  private final KeyspaceDefinition keyspace;
  private final Schema schema;

  /** Without nodes, of which as many will be replicas as one data centre has. */
  ReplicaWorld(long seed) {
    this(seed, Map.of("class", "SimpleStrategy", "replication_factor", String.valueOf(FACTOR)));
  }

  /** Two data centres, each of as many nodes as it has replicas. */
  static ReplicaWorld ofTwoDatacenters(long seed) {
    String factor = String.valueOf(FACTOR);
    ReplicaWorld world =
        new ReplicaWorld(
            seed, Map.of("class", "NetworkTopologyStrategy", "dc1", factor, "dc2", factor));
    for (int i = 0; i < FACTOR; i++) {
      world.add(1, "dc1");
      world.add(1, "dc2");
    }
    return world;
  }

  private ReplicaWorld(long seed, Map<String, String> replication) {
    world = new SimulatedWorld(seed);
    keyspace = new KeyspaceDefinition("ks", replication, true).withTable(DEFINITION);
    schema = new Schema(1, Map.of("ks", keyspace));
  }

  Member add(int lanes) {
    return add(lanes, "dc1");
  }

  private Member add(int lanes, String datacenter) {
    Member member = new Member(world.addNode(), lanes, datacenter);
    members.add(member);
    return member;
  }

  /** A keyspace of as many replicas as the nodes were joined with. */
  KeyspaceDefinition keyspace() {
    return keyspace;
  }

  private TableDefinition table() {
    TableProperties p = DEFINITION.properties();
    return DEFINITION.withProperties(
        new TableProperties(
            p.additionalWritePolicy(),
            p.allowAutoSnapshot(),
            p.bloomFilterFpChance(),
            p.caching(),
            p.cdc(),
            p.comment(),
            p.compaction(),
            p.compression(),
            p.crcCheckChance(),
            p.defaultTimeToLive(),
            p.extensions(),
            p.gcGraceSeconds(),
            p.incrementalBackups(),
            p.maxIndexInterval(),
            p.memtable(),
            p.memtableFlushPeriodMillis(),
            p.minIndexInterval(),
            readRepair,
            speculativeRetry));
  }

  /** The message of a coordinator that is up to date. */
  static byte[] message(ReplicaRead read) {
    return new ReadMessage(1, 0, false, read).encode();
  }

  /** Makes nodes one cluster, each with some tokens. */
  void join(List<Member> nodes, SplittableRandom random) {
    for (Member member : nodes) {
      List<Long> tokens = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tokens.add(random.nextLong());
      }
      NodeInfo i = member.info;
      member.info =
          new NodeInfo(
              i.hostId(),
              i.address(),
              i.nativeAddress(),
              i.datacenter(),
              i.rack(),
              i.state(),
              tokens,
              i.release());
    }
    List<NodeInfo> infos = nodes.stream().map(m -> m.info).toList();
    for (Member member : nodes) {
      member.view.become(1, member.info, infos);
      member.isJoined = true;
      member.serve();
    }
  }

  /** One node. */
  final class Member {
    final SimulatedNode machine;
    final int lanes;
    NodeInfo info;
    final FixedView view;
    private boolean isJoined;
    boolean dataFails;
    int dataAsked;

    /** What becomes of updates that others want written here. */
    Updates updates = Updates.WRITTEN;

    /** How many nobody heard of. */
    int ignored;

    /** How many requests for data or digests this node has sent as a coordinator. */
    int sent;

    /** How many of these are not answered. */
    int underWay;

    /** How many of these were under way at once, at most. */
    int mostUnderWay;

    ReplicaReads reads;
    private MemoryPool results = MemoryPool.unlimited();
    private MemoryPool answers = MemoryPool.unlimited();
    NodeRuntime runtime;
    Engine engine;
    NodeMessenger messenger;

    Member(SimulatedNode machine, int lanes, String datacenter) {
      this.machine = machine;
      this.lanes = lanes;
      this.info =
          new NodeInfo(
              new UUID(9, members.size()),
              machine.address(),
              new NodeAddress(machine.address().host(), 9042),
              datacenter,
              "rack1",
              NodeInfo.State.NORMAL,
              List.of((long) members.size()),
              "5.0.8");
      this.view = new FixedView(info);
      start();
    }

    /** Begins to run, or begins anew with what its disk has. */
    void start() {
      runtime = machine.start(lanes);
      EngineConfig base = EngineConfig.of("n", 1 << 20);
      EngineConfig config =
          new EngineConfig(
              base.dataDirectory(),
              base.commitLogDirectory(),
              EngineConfig.SyncMode.GROUP,
              groupWindowNanos,
              1_000_000,
              16_384,
              64 * 1024,
              64 * 1024,
              64 * 1024,
              1,
              0);
      try {
        engine = Engine.open(config, runtime, cause -> machine.kill());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      world.await(
          engine.putTable(
              new TableOptions(
                  TABLE,
                  "t",
                  1_000_000_000_000L,
                  0.01,
                  Map.of("class", "UnifiedCompactionStrategy"),
                  Map.of(),
                  2)));
      messenger =
          new NodeMessenger(
              runtime.network(),
              runtime.scheduler(),
              runtime.clock(),
              runtime.random().split(),
              MetadataEpochs.fixed(1),
              MessengerLimits.DEFAULT);
      new ReadService(
              engine,
              runtime.scheduler(),
              view,
              () -> schema,
              new StreamThroughput(0),
              runtime.clock(),
              answers)
          .serve(withDataThatMayFail());
      messenger.handle(Verb.MUTATE, (from, payload, reply) -> mutate(payload, reply));
      messenger.start();
      if (isJoined) {
        serve();
      }
    }

    /** Requests for data, not for digests, fail as long as the test wants it. */
    private Messenger withDataThatMayFail() {
      return new ForwardingMessenger(messenger) {
        @Override
        public void handle(Verb verb, Handler handler) {
          messenger.handle(
              verb,
              (from, payload, reply) -> {
                dataAsked += verb == Verb.READ ? 1 : 0;
                if (dataFails && verb == Verb.READ) {
                  reply.fail(FailureReason.UNKNOWN);
                } else {
                  handler.handle(from, payload, reply);
                }
              });
        }
      };
    }

    /**
     * Begins anew with other bounds of memory.
     *
     * @param gathered for what other replicas answer
     * @param given for what it answers itself
     */
    void become(MemoryPool gathered, MemoryPool given) {
      results = gathered;
      answers = given;
      machine.kill();
      start();
    }

    /** Begins to coordinate reads. */
    private void serve() {
      reads =
          new ReplicaReads(
              runtime.scheduler(),
              counting(),
              view,
              () -> schema,
              runtime.clock(),
              (replica, epoch, set, token, update, timeout, answer) ->
                  messenger.request(replica.address(), Verb.MUTATE, token, update, timeout, answer),
              table -> PurgeHorizon.ALL,
              () -> {},
              results);
    }

    private Messenger counting() {
      return new ForwardingMessenger(messenger) {
        @Override
        public void request(
            NodeAddress to, Verb verb, long token, byte[] payload, long timeout, Answer answer) {
          if (verb != Verb.READ && verb != Verb.READ_DIGEST) {
            super.request(to, verb, token, payload, timeout, answer);
            return;
          }
          sent++;
          mostUnderWay = Math.max(mostUnderWay, ++underWay);
          super.request(
              to,
              verb,
              token,
              payload,
              timeout,
              new Answer() {
                @Override
                public void answered(NodeAddress from, ByteBuffer bytes) {
                  underWay--;
                  answer.answered(from, bytes);
                }

                @Override
                public void failed(NodeAddress from, FailureReason reason) {
                  underWay--;
                  answer.failed(from, reason);
                }
              });
        }
      };
    }

    /** Reads with this node as the coordinator. */
    void read(
        ReadCommand command,
        Consistency level,
        long now,
        int rows,
        int perPartition,
        RowSink sink) {
      ReadContext context =
          new ReadContext(
              table(),
              level,
              now,
              runtime.clock().nanoTime() + 5_000_000_000L,
              () -> false,
              new ReadProgress(),
              new MemoryShare(results));
      if (command.partitionKey() != null) {
        reads.partition(context, command, rows, sink);
      } else {
        reads.range(context, command, rows, perPartition, sink);
      }
    }

    private void mutate(ByteBuffer payload, Messenger.Reply reply) {
      if (updates != Updates.WRITTEN) {
        if (updates == Updates.REFUSED) {
          reply.fail(FailureReason.NODE_DOWN);
        } else {
          ignored++;
        }
        return;
      }
      byte[] update = new byte[payload.remaining()];
      payload.get(update);
      long token = Murmur3.token(new UpdateReader().wrap(update).partitionKey());
      engine
          .lane(engine.laneOf(token))
          .apply(
              token,
              update,
              failure -> {
                if (failure == null) {
                  reply.answer(new byte[] {1});
                } else {
                  reply.fail(FailureReason.UNKNOWN);
                }
              });
    }

    /** Applies an update here alone, and waits until it is durable. */
    void apply(byte[] update) {
      long token = Murmur3.token(new UpdateReader().wrap(update).partitionKey());
      CompletableFuture<Void> done = new CompletableFuture<>();
      int lane = engine.laneOf(token);
      runtime
          .scheduler()
          .lane(lane)
          .execute(
              () ->
                  engine
                      .lane(lane)
                      .apply(
                          token,
                          update,
                          failure -> {
                            if (failure == null) {
                              done.complete(null);
                            } else {
                              done.completeExceptionally(failure);
                            }
                          }));
      world.await(done);
    }

    void flush() {
      world.await(engine.flush(TABLE));
    }

    /** What another node answers to a request of this one. */
    byte[] ask(Member other, Verb verb, long token, byte[] payload) {
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      runtime
          .scheduler()
          .lane(0)
          .execute(
              () ->
                  messenger.request(
                      other.machine.address(),
                      verb,
                      token,
                      payload,
                      10_000_000_000L,
                      new Messenger.Answer() {
                        @Override
                        public void answered(NodeAddress from, ByteBuffer bytes) {
                          byte[] copy = new byte[bytes.remaining()];
                          bytes.get(copy);
                          answer.complete(copy);
                        }

                        @Override
                        public void failed(NodeAddress from, FailureReason reason) {
                          answer.completeExceptionally(new AssertionError("no answer: " + reason));
                        }
                      }));
      return world.await(answer);
    }
  }
}

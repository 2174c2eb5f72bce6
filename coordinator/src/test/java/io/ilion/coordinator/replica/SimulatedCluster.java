package io.ilion.coordinator.replica;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.gossip.ClusterState;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import io.ilion.storage.TableOptions;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Machines with storage engines and messengers in one world. Who belongs to the cluster and who is
 * alive is what the test says.
 */
public final class SimulatedCluster {
  /** One second in nanoseconds. */
  public static final long SECOND = 1_000_000_000L;

  private static final int LANES = 2;

  private final SimulatedWorld world;
  private final List<Member> members = new ArrayList<>();
  private Consumer<Member> services = member -> {};
  private ClusterMetadata metadata;

  /** A cluster of so many members, each with one token, in data centres in turn. */
  public SimulatedCluster(long seed, int size, List<String> schema, String... datacenters) {
    world = new SimulatedWorld(seed);
    Map<UUID, NodeInfo> nodes = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      SimulatedNode machine = world.addNode();
      NodeInfo info =
          info(i, machine.address(), datacenters[i % datacenters.length], State.NORMAL, size);
      nodes.put(info.hostId(), info);
      members.add(new Member(machine, info.hostId()));
    }
    metadata = new ClusterMetadata(new UUID(5, 5), 1, schema(schema), nodes, List.of());
  }

  private static NodeInfo info(
      int number, NodeAddress address, String datacenter, State state, int size) {
    return new NodeInfo(
        new UUID(0x4000, number),
        address,
        new NodeAddress(address.host(), 9042),
        datacenter,
        "rack1",
        state,
        List.of(Long.MIN_VALUE + 1 + number * (Long.MAX_VALUE / size * 2)),
        "1");
  }

  private static Schema schema(List<String> statements) {
    Schema schema = Schema.EMPTY;
    long tables = 0;
    for (String statement : statements) {
      UUID next = new UUID(1, ++tables);
      schema =
          new SchemaTransformer(schema, "ks", () -> next, 1, Map.of("dc1", 1, "dc2", 1))
              .apply((SchemaStatement) CqlParser.parse(statement))
              .schema();
    }
    return schema;
  }

  /** Starts everything; a hook makes what the test wants to run on each member. */
  public SimulatedCluster start(Consumer<Member> hook) {
    services = hook;
    members.forEach(Member::start);
    return this;
  }

  /** The world. */
  public SimulatedWorld world() {
    return world;
  }

  /** The members. */
  public List<Member> members() {
    return members;
  }

  /** A member. */
  public Member member(int number) {
    return members.get(number);
  }

  /** The table of a name. */
  public TableDefinition table(String name) {
    return metadata.schema().table("ks", name);
  }

  /** Changes what is agreed on; those members learn of it at once whose numbers are given. */
  public void change(List<Change> changes, int... who) {
    metadata = metadata.with(changes);
    for (int number : who) {
      members.get(number).learn();
    }
  }

  /** Adds a machine that is to join with a token; nothing runs on it yet. */
  public Member join(long token) {
    SimulatedNode machine = world.addNode();
    NodeInfo plain = info(members.size(), machine.address(), "dc1", State.JOINING, 1);
    NodeInfo info =
        new NodeInfo(
            plain.hostId(),
            plain.address(),
            plain.nativeAddress(),
            "dc1",
            "rack1",
            State.JOINING,
            List.of(token),
            "1");
    Member member = new Member(machine, info.hostId());
    members.add(member);
    change(List.of(new Change.PutNode(info)));
    return member;
  }

  /**
   * Adds a node that is to replace a dead one, at its address, with its tokens; nothing runs there
   * yet.
   */
  public Member replace(int number) {
    Member dead = members.get(number);
    NodeInfo of = metadata.node(dead.hostId);
    NodeInfo info =
        new NodeInfo(
            new UUID(0x4000, members.size()),
            of.address(),
            of.nativeAddress(),
            of.datacenter(),
            of.rack(),
            State.JOINING,
            of.tokens(),
            "1");
    Member member = new Member(dead.machine, info.hostId());
    members.add(member);
    change(List.of(new Change.PutNode(info)));
    return member;
  }

  /** Has every member believe that one is dead or alive. */
  public void believe(int number, boolean alive) {
    for (Member member : members) {
      member.believe(number, alive);
    }
  }

  /** An update that writes one column of a row, with a value. */
  public byte[] update(String table, int key, long timestamp, int value) {
    TableDefinition definition = table(table);
    UpdateWriter writer = new UpdateWriter().begin(definition.id(), key(key));
    int column = definition.column("v").id();
    writer
        .rowWriter()
        .liveness(timestamp)
        .cell(column, null, timestamp, 0, 0, new byte[] {0, 0, 0, (byte) value});
    return writer.row(new byte[0]).toByteArray();
  }

  /** A partition key. */
  public static byte[] key(int key) {
    return new byte[] {0, 0, (byte) (key >> 8), (byte) key};
  }

  /** The token of a partition key. */
  public static long token(int key) {
    return Murmur3.token(key(key));
  }

  /** The numbers of the members that replicate a key, in the order of the ring. */
  public List<Integer> replicas(String keyspace, int key) {
    ClusterState view = new ClusterState(metadata.nodes().values().iterator().next(), metadata);
    List<Integer> numbers = new ArrayList<>();
    view.replicas(metadata.schema().keyspace(keyspace))
        .of(token(key))
        .natural()
        .forEach(node -> numbers.add((int) node.hostId().getLeastSignificantBits()));
    return numbers;
  }

  /** A machine of the cluster, and the process that runs on it. */
  public final class Member {
    private final SimulatedNode machine;
    private final UUID hostId;
    private NodeRuntime runtime;
    private Engine engine;
    private ClusterState view;
    private NodeMessenger messenger;
    private LaneAccess lanes;
    private PurgeHorizon.Source horizons = tableId -> PurgeHorizon.ALL;

    /** Whether it finds nobody who tells of newer metadata when a message says that there are. */
    public boolean cannotLearn;

    private Member(SimulatedNode machine, UUID hostId) {
      this.machine = machine;
      this.hostId = hostId;
    }

    /** Has others read what is here, as fast as they may. */
    public void serveReads(StreamThroughput throughput) {
      new ReadService(
              engine,
              runtime.scheduler(),
              view,
              this::schema,
              throughput,
              runtime.clock(),
              MemoryPool.unlimited())
          .serve(messenger);
    }

    /** Begins a process, with what the disk has. */
    public void start() {
      runtime = machine.start(LANES);
      try {
        EngineConfig base = EngineConfig.of("n", 1 << 20);
        engine =
            Engine.open(
                new EngineConfig(
                    base.dataDirectory(),
                    base.commitLogDirectory(),
                    EngineConfig.SyncMode.GROUP,
                    0,
                    SECOND,
                    1 << 20,
                    1 << 22,
                    1 << 20,
                    1 << 20,
                    2,
                    0),
                runtime,
                tableId -> horizons.of(tableId),
                failure -> {
                  throw new AssertionError("the storage of a node stopped", failure);
                });
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      for (KeyspaceDefinition keyspace : metadata.schema().keyspaces().values()) {
        for (TableDefinition table : keyspace.tables().values()) {
          world.await(engine.putTable(options(table)));
        }
      }
      view = new ClusterState(metadata.node(hostId), metadata);
      for (UUID id : metadata.nodes().keySet()) {
        view.setAlive(id, true);
      }
      messenger =
          new NodeMessenger(
              runtime.network(),
              runtime.scheduler(),
              runtime.clock(),
              runtime.random().split(),
              new Epochs(),
              MessengerLimits.DEFAULT);
      lanes = new LaneAccess(engine, runtime.scheduler());
      services.accept(this);
      messenger.start();
    }

    private TableOptions options(TableDefinition table) {
      return new TableOptions(
          table.id(),
          table.name() + "-" + table.id().toString().replace("-", ""),
          table.properties().gcGraceSeconds(),
          0.01,
          Map.of("class", "SizeTieredCompactionStrategy"),
          Map.of("class", "LZ4Compressor"),
          table.clustering().size());
    }

    /** Follows what is agreed on. */
    public void learn() {
      for (UUID id : metadata.nodes().keySet()) {
        if (view.metadata().node(id) == null) {
          view.setAlive(id, true);
        }
      }
      view.apply(metadata);
    }

    /** Believes that another is dead or alive. */
    public void believe(int number, boolean alive) {
      if (machine.isRunning()) {
        runtime.scheduler().lane(0).execute(() -> view.setAlive(members.get(number).hostId, alive));
      }
    }

    private final class Epochs implements MetadataEpochs {
      @Override
      public long epoch() {
        return view.epoch();
      }

      @Override
      public CompletionStage<Void> catchUp(long epoch, NodeAddress from) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        runtime
            .scheduler()
            .lane(0)
            .schedule(
                1_000_000,
                () -> {
                  if (cannotLearn) {
                    done.completeExceptionally(new IllegalStateException("nobody tells"));
                    return;
                  }
                  learn();
                  done.complete(null);
                });
        return done;
      }
    }

    /** Has compactions ask somebody which deletions are everywhere. */
    public void purgeBy(PurgeHorizon.Source source) {
      horizons = source;
    }

    /** The machine. */
    public SimulatedNode machine() {
      return machine;
    }

    /** What the process has of the world. */
    public NodeRuntime runtime() {
      return runtime;
    }

    /** Its storage. */
    public Engine engine() {
      return engine;
    }

    /** Its view of the cluster. */
    public ClusterState view() {
      return view;
    }

    /** Its messenger. */
    public NodeMessenger messenger() {
      return messenger;
    }

    /** Its lanes. */
    public LaneAccess lanes() {
      return lanes;
    }

    /** The schema as it knows it. */
    public Schema schema() {
      return view.metadata().schema();
    }

    /** The value of a row as this member alone has it; null if it has none. */
    public Integer value(String table, int key) {
      TableDefinition definition = table(table);
      Integer[] found = new Integer[1];
      boolean[] done = new boolean[1];
      int column = definition.column("v").id();
      RowSink sink =
          new RowSink() {
            @Override
            public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
              while (row.nextCell()) {
                if (row.column() == column && row.isCounter()) {
                  found[0] =
                      (int)
                          io.ilion.model.data.CounterShards.total(
                              row.array(), row.valueOffset(), row.valueLength());
                } else if (row.column() == column && !row.isTombstone()) {
                  byte[] value = row.value();
                  found[0] = (int) value[value.length - 1];
                }
              }
              return true;
            }

            @Override
            public void finished() {
              done[0] = true;
            }

            @Override
            public void failed(Throwable cause) {
              throw new AssertionError(cause);
            }
          };
      int lane = engine.laneOf(token(key));
      runtime
          .scheduler()
          .lane(lane)
          .execute(
              () ->
                  engine
                      .lane(lane)
                      .read(
                          ReadCommand.partition(
                              definition.id(), key(key), token(key), Slices.ALL, false),
                          sink));
      world.until(() -> done[0]);
      return found[0];
    }
  }

  /** The outcome of something that a callback tells once. */
  public static final class Outcome {
    private boolean told;
    private Throwable failure;

    /** Takes it. */
    public void done(Throwable cause) {
      if (told) {
        throw new AssertionError("told twice: " + failure + ", " + cause);
      }
      told = true;
      failure = cause;
    }

    /** Whether it was told. */
    public boolean isTold() {
      return told;
    }

    /** Whether it succeeded. */
    public boolean succeeded() {
      return told && failure == null;
    }

    /** Why it failed, or null. */
    public Throwable failure() {
      return failure;
    }

    @Override
    public String toString() {
      return told ? failure == null ? "done" : failure.toString() : "not told";
    }
  }

  /** The numbers of the members that have a value on disk: all of them lose their power for it. */
  public List<Integer> afterPowerLoss(String table, int key, int value, int... survivors) {
    List<Integer> have = new ArrayList<>();
    for (int number : survivors) {
      Member member = members.get(number);
      member.machine.crash();
      member.start();
      if (Integer.valueOf(value).equals(member.value(table, key))) {
        have.add(number);
      }
    }
    return have;
  }
}

package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedCrash;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.storage.Slices;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** Nodes with storage, messenger and both parts of the agreement, and a table of registers. */
final class PaxosCluster {
  static final TableDefinition REGISTERS =
      new TableDefinition(
          "ks",
          "registers",
          new UUID(9, 1),
          List.of(
              PaxosTables.column(1, "key", ColumnDefinition.Kind.PARTITION_KEY, NativeType.TEXT),
              PaxosTables.column(2, "value", ColumnDefinition.Kind.REGULAR, NativeType.TEXT)),
          List.of(),
          3,
          TableProperties.DEFAULT,
          false);

  private static final long ROUND_NANOS = 60_000_000_000L;
  private static final int VALUE = 2;
  private static final byte[] ROW = {};

  final SimulatedWorld world;
  final List<Member> members = new ArrayList<>();
  private final Defects defects;

  /** Who agrees, as each node sees it; all the same unless a test says otherwise. */
  ReplicaSet replicas;

  /** Until when agreements are finished, as a repair of all would show. */
  long finishedMicros = Long.MIN_VALUE;

  /**
   * What is made wrong on purpose.
   *
   * @param states changes how a replica remembers
   * @param electorate changes who has to agree
   */
  record Defects(UnaryOperator<PaxosStates> states, UnaryOperator<Electorate> electorate) {
    static final Defects NONE = new Defects(UnaryOperator.identity(), UnaryOperator.identity());
  }

  PaxosCluster(SimulatedWorld world, int nodes, Defects defects) {
    this.world = world;
    this.defects = defects;
    for (int i = 0; i < nodes; i++) {
      members.add(new Member(world.addNode(), i));
    }
    replicas = new ReplicaSet(members.stream().map(m -> m.info).toList());
  }

  /** A node. */
  final class Member {
    final SimulatedNode machine;
    final NodeInfo info;
    private Engine engine;
    private LaneAccess lanes;
    private PaxosCoordinator coordinator;
    private NodeRuntime runtime;

    /** Whether this node has heard of what is finished. */
    boolean isTold = true;

    private final FinishedAgreements finished =
        (table, token) -> isTold ? finishedMicros : Long.MIN_VALUE;

    Member(SimulatedNode machine, int number) {
      this.machine = machine;
      info =
          new NodeInfo(
              new UUID(1, number),
              machine.address(),
              machine.address(),
              "dc1",
              "rack1",
              NodeInfo.State.NORMAL,
              List.of((long) number),
              "0");
    }

    Engine engine() {
      return engine;
    }

    LaneAccess lanes() {
      return lanes;
    }

    /** Who agrees, as this node sees it. */
    ReplicaSet replicas() {
      return replicas;
    }

    void start(int laneCount) {
      try {
        runtime = machine.start(laneCount);
        engine = Engine.open(config(), runtime, failure -> {});
      } catch (SimulatedCrash e) {
        start(laneCount);
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      engine.putTable(PaxosTables.options(REGISTERS));
      PaxosTables.put(engine);
      lanes = new LaneAccess(engine, runtime.scheduler());
      NodeMessenger messenger =
          new NodeMessenger(
              runtime.network(),
              runtime.scheduler(),
              runtime.clock(),
              runtime.random().split(),
              MetadataEpochs.fixed(1),
              MessengerLimits.DEFAULT);
      Electorates electorates =
          (key, local) -> defects.electorate.apply(Electorate.of(replicas(), local ? "dc1" : null));
      new PaxosAcceptor(
              lanes,
              defects.states.apply(
                  new RecentPromises(
                      lanes,
                      new PaxosTable(lanes, PaxosTables.PAXOS, runtime.clock()),
                      new PromiseHorizon(lanes, PaxosTables.HORIZONS, runtime.clock(), ROUND_NANOS),
                      finished,
                      runtime.clock(),
                      ROUND_NANOS,
                      1 << 20)),
              this::read,
              electorates,
              finished)
          .register(messenger);
      coordinator =
          new PaxosCoordinator(
              lanes,
              runtime.scheduler(),
              messenger,
              electorates,
              node -> true,
              runtime.clock(),
              new TimestampGenerator(runtime.clock())::next,
              runtime.random().split(),
              HintKeeper.NONE);
      messenger.start();
    }

    private void read(PaxosKey key, Slices slices, PartitionRows.Callback callback) {
      ReplicaRows.read(lanes, key, slices, callback);
    }

    private EngineConfig config() {
      EngineConfig base = EngineConfig.of("n", 64 << 20);
      return new EngineConfig(
          base.dataDirectory(),
          base.commitLogDirectory(),
          EngineConfig.SyncMode.GROUP,
          0,
          1_000_000,
          64 << 10,
          4 << 20,
          1 << 20,
          16 << 20,
          1,
          0);
    }

    /** Executes a request of a client; the callback is told null as answer if it is unknown. */
    void execute(
        String register, Request request, CommitLevel level, long timeoutNanos, Callback callback) {
      PaxosKey key = PaxosKey.of(REGISTERS.id(), register.getBytes(StandardCharsets.UTF_8));
      Registering registering = new Registering(key, request);
      long deadline = runtime.clock().nanoTime() + timeoutNanos;
      coordinator.decide(
          key,
          new PaxosCoordinator.Terms(false, level, deadline, deadline + timeoutNanos),
          registering,
          (changed, failure) ->
              callback.done(
                  failure != null ? null : changed ? Answer.APPLIED : registering.found(),
                  failure));
    }
  }

  /** Told the outcome of a request. */
  interface Callback {
    void done(Answer answer, Throwable failure);
  }

  /** A request as a decision. */
  private static final class Registering implements PartitionDecision {
    private final PaxosKey key;
    private final Request request;
    private Object held;

    Registering(PaxosKey key, Request request) {
      this.key = key;
      this.request = request;
    }

    Answer found() {
      return new Answer(false, held);
    }

    @Override
    public Slices slices() {
      return Slices.ALL;
    }

    @Override
    public byte[] decide(long timestamp, List<byte[]> rows) {
      held = newest(rows);
      if (request.value() == null || !Objects.equals(held, request.expected())) {
        return new byte[0];
      }
      UpdateWriter update = new UpdateWriter().begin(key.table(), key.bytes());
      byte[] value = request.value().toString().getBytes(StandardCharsets.UTF_8);
      RowWriter row = update.rowWriter().liveness(timestamp);
      row.cell(VALUE, null, timestamp, 0, 0, value);
      return update.row(ROW).toByteArray();
    }

    @Override
    public boolean settles() {
      return request.value() == null;
    }

    private static Object newest(List<byte[]> all) {
      long newest = Long.MIN_VALUE;
      String value = null;
      for (byte[] rows : all) {
        UpdateReader update = rows.length == 0 ? null : new UpdateReader().wrap(rows);
        while (update != null && update.nextEntry()) {
          RowReader row =
              new RowReader().wrap(update.array(), update.imageOffset(), update.imageLength());
          while (row.nextCell()) {
            if (row.column() == VALUE && row.timestamp() > newest) {
              newest = row.timestamp();
              value = new String(row.value(), StandardCharsets.UTF_8);
            }
          }
        }
      }
      return value;
    }
  }
}

package io.ilion.server;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.batch.BatchCompletion;
import io.ilion.coordinator.batch.BatchHolders;
import io.ilion.coordinator.batch.HeldBatches;
import io.ilion.coordinator.paxos.FinishedStates;
import io.ilion.coordinator.paxos.PaxosAgreement;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.paxos.UnfinishedRounds;
import io.ilion.coordinator.read.ReplicatedReads;
import io.ilion.coordinator.repair.LearnedRepairs;
import io.ilion.coordinator.repair.RepairHost;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.RepairedRangeStore;
import io.ilion.coordinator.repair.RepairedRanges;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.coordinator.replica.ClusterTruncation;
import io.ilion.coordinator.replica.RepairWrites;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.hint.Hints;
import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.coordinator.streaming.FetchedRanges;
import io.ilion.coordinator.streaming.FileSender;
import io.ilion.coordinator.streaming.RangeAcquisition;
import io.ilion.coordinator.streaming.RangeRebuild;
import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.coordinator.streaming.StreamHost;
import io.ilion.coordinator.write.ReplicatedConditions;
import io.ilion.coordinator.write.ReplicatedWrites;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.server.config.CommitLogSync;
import io.ilion.server.config.Config;
import io.ilion.server.config.MemoryBudget;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.LiveTimeouts;
import io.ilion.server.metrics.MetricSource;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.tracing.TraceContext;
import io.ilion.storage.NeedlessCells;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does for keyspaces that other nodes keep too: as a coordinator it writes to the
 * replicas, reads from them and has them decide, and keeps hints for those that are down; as a
 * replica it serves those who coordinate. A node that is alone has none of it.
 */
final class NodeReplicas {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeReplicas.class);

  private final NodeRuntime runtime;
  private final Scheduler scheduler;
  private final LaneAccess lanes;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final LiveTimeouts timeouts;
  private final Config config;
  private final StorageEngine engine;
  private final RepairedRanges repaired;
  private final Hints hints;
  private final StreamThroughput throughput;

  /** Null before {@link #conditions}. */
  private UnfinishedRounds unfinished;

  /** Null before {@link #transfer}. */
  private RangeRebuild rebuild;

  private final ReplicaWriter writer;
  private final ReplicaReads replicaReads;
  private final BatchHolders holders;
  private final BatchCompletion completion;
  private final ReplicatedReads reads;

  /**
   * Assembles the parts, and has the messenger bring them what other nodes ask.
   *
   * @param scheduler whose lanes are the engine's
   * @param repairs the table where this node keeps what was repaired
   * @param timeouts of requests of clients, which may change
   * @param traces told what the messenger does not see
   * @param results the memory of the results of reads
   * @throws IOException if the hints cannot be read
   */
  NodeReplicas(
      Config config,
      NodeRuntime runtime,
      Scheduler scheduler,
      StorageEngine engine,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      TableDefinition repairs,
      LiveTimeouts timeouts,
      TraceContext traces,
      MemoryPool results)
      throws IOException {
    this.config = config;
    this.engine = engine;
    this.runtime = runtime;
    this.scheduler = scheduler;
    this.lanes = new LaneAccess(engine, scheduler);
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.timeouts = timeouts;
    repaired =
        new RepairedRanges(
            new RepairedRangeStore(lanes, repairs, runtime.clock()),
            view,
            schema,
            config.get(Settings.ONLY_PURGE_REPAIRED_TOMBSTONES));
    hints =
        Hints.open(
            config.get(Settings.DATA_DIRECTORY) + "/hints",
            NodeLimits.hints(config),
            lanes,
            runtime,
            messenger,
            view,
            schema);
    hints.setKeeping(config.get(Settings.HINTED_HANDOFF_ENABLED));
    writer = new ReplicaWriter(lanes, messenger, view, schema, runtime.clock(), hints);
    new ReplicaMutations(lanes, view, schema).register(messenger);
    throughput = new StreamThroughput(config.get(Settings.STREAM_THROUGHPUT_OUTBOUND));
    MemoryPool answers = new MemoryPool(MemoryBudget.of(config).answers());
    new ReadService(engine, scheduler, view, schema, throughput, runtime.clock(), answers)
        .serve(messenger);
    holders = new BatchHolders(lanes, messenger, view, timeouts::writeNanos);
    completion =
        new BatchCompletion(lanes, writer, holders, schema, runtime.clock(), timeouts::writeNanos);
    replicaReads =
        new ReplicaReads(
            scheduler,
            messenger,
            view,
            schema,
            runtime.clock(),
            new RepairWrites(messenger),
            repaired::horizon,
            () -> traces.event("Digest mismatch"),
            results);
    reads =
        new ReplicatedReads(
            replicaReads, runtime.clock(), timeouts::readNanos, timeouts::rangeNanos);
  }

  /** Reads of clients. */
  ReplicatedReads reads() {
    return reads;
  }

  /** What is kept for each node that could not be written to, and how replicas differed. */
  MetricSource metrics() {
    return text -> {
      text.counter("ilion_read_mismatches_total", "Reads whose replicas had not the same.")
          .value(replicaReads.mismatches());
      text.gauge("ilion_hints_bytes", "Hints that are kept for a node.");
      for (NodeInfo node : view.nodes()) {
        if (!node.hostId().equals(view.self().hostId())) {
          text.value(
              hints.bytes(node.hostId()),
              "host_id",
              node.hostId().toString(),
              "address",
              node.address().host());
        }
      }
    };
  }

  /** Completes batches whose tables other nodes keep too. */
  BatchCompletion batches() {
    return completion;
  }

  /** Writes of clients; to be made once. */
  ReplicatedWrites writes(NodeBatchlog batchlog) {
    new HeldBatches(batchlog.store(), batchlog.protocol()::holds).register(messenger);
    return new ReplicatedWrites(
        writer,
        lanes,
        messenger,
        schema,
        holders,
        replicaReads,
        runtime.clock(),
        batchlog.ids(),
        timeouts::writeNanos,
        timeouts::counterNanos);
  }

  /**
   * Conditional updates of clients; to be made once.
   *
   * @param states the table where this node keeps what it has accepted
   * @param horizons the table where it keeps up to when it may have promised
   */
  ReplicatedConditions conditions(
      TableDefinition states, TableDefinition horizons, TimestampGenerator timestamps) {
    PaxosAgreement agreement =
        new PaxosAgreement(
            lanes,
            scheduler,
            messenger,
            view,
            schema,
            states,
            horizons,
            runtime.clock(),
            timestamps::next,
            runtime.random().split(),
            hints,
            this::finishedMicros,
            config.get(Settings.REPAIR_PURGE_MARGIN).toNanos(),
            MemoryBudget.of(config).promises());
    agreement.register(messenger);
    unfinished = agreement.unfinished();
    return new ReplicatedConditions(
        agreement.coordinator(),
        view,
        schema,
        runtime.clock(),
        timeouts::contentionNanos,
        timeouts::writeNanos);
  }

  /** Before when updates of a partition are on all replicas or on none, in microseconds. */
  private long finishedMicros(UUID table, long token) {
    long seconds = repaired.finishedBefore(table, token);
    return seconds == Long.MIN_VALUE ? seconds : seconds * 1_000_000;
  }

  /** Truncations of clients, on all nodes; to be made once. */
  ClusterTruncation truncation(
      StorageEngine engine, AutoSnapshots snapshots, NodeBatchlog batchlog) {
    return new ClusterTruncation(
        messenger,
        view,
        schema,
        scheduler.lane(0),
        new ClusterTruncation.Local() {
          @Override
          public CompletionStage<Void> settle(TableDefinition table) {
            return batchlog.protocol().settle().thenCompose(settled -> hints.forget(table.id()));
          }

          @Override
          public CompletionStage<Void> delete(TableDefinition table) {
            return snapshots.beforeTruncate(table).thenCompose(kept -> engine.truncate(table.id()));
          }
        },
        timeouts::truncateNanos);
  }

  /**
   * Moves ranges while nodes come and go; to be made once.
   *
   * @param states as for {@link #conditions}
   * @param repairs the table where this node keeps what was repaired
   */
  RangeTransfers transfer(TableDefinition states, TableDefinition repairs) {
    StreamHost host =
        new StreamHost(
            lanes,
            scheduler.lane(0),
            messenger,
            view,
            schema,
            new PaxosRows(states, this::finishedMicros),
            new LearnedRepairs(
                lanes,
                scheduler.lane(0),
                messenger,
                runtime.clock(),
                NodeLimits.streams(config),
                repairs,
                repaired),
            runtime.clock(),
            NodeLimits.streams(config));
    new FileSender(lanes, scheduler.lane(0), view, runtime.clock(), throughput).serve(messenger);
    Lane noting = runtime.scheduler().blockingLane("fetched");
    RangeAcquisition acquisition = new RangeAcquisition(host, fetchedRanges("fetched", noting));
    rebuild = new RangeRebuild(host, fetchedRanges("rebuilt", noting));
    return new RangeTransfers(messenger, view, schema, scheduler.lane(0), acquisition);
  }

  private FetchedRanges fetchedRanges(String name, Lane noting) {
    return FetchedRanges.open(runtime.files(), config.get(Settings.DATA_DIRECTORY), name, noting);
  }

  /** Fetches what this node replicates from the other replicas; null before {@link #transfer}. */
  RangeRebuild rebuild() {
    return rebuild;
  }

  /** Makes the replicas of ranges equal; to be made once. */
  Repairs repairs(NodeBatchlog batchlog) {
    return new Repairs(
        lanes,
        scheduler.lane(0),
        messenger,
        view,
        runtime.clock(),
        NodeLimits.streams(config),
        NodeLimits.repairs(config),
        new RepairHost() {
          @Override
          public CompletionStage<Long> oldestPendingWrite() {
            // Hints last: what the others have becomes hints, and never the other way round.
            return batchlog
                .protocol()
                .oldestMillis()
                .thenCombine(unfinished.oldestMillis(), Math::min)
                .thenCompose(
                    oldest -> hints.oldestMillis().thenApply(hint -> Math.min(oldest, hint)));
          }

          @Override
          public CompletionStage<Void> harden(UUID table) {
            // Otherwise what is acknowledged is on disk.
            return config.get(Settings.COMMITLOG_SYNC) == CommitLogSync.PERIODIC
                ? engine.flush(table)
                : CompletableFuture.completedFuture(null);
          }

          @Override
          public long bytesOf(UUID table) {
            return engine.statistics().stream()
                .filter(statistics -> statistics.tableId().equals(table))
                .mapToLong(StorageEngine.TableStatistics::liveSstableBytes)
                .sum();
          }

          @Override
          public Schema schema() {
            return schema.get();
          }
        },
        repaired,
        runtime.random().split().nextLong());
  }

  /**
   * Which deletions are everywhere, and which states of agreements nobody needs.
   *
   * @param states as for {@link #conditions}
   */
  PurgeHorizon.Source horizons(TableDefinition states) {
    FinishedStates finished =
        new FinishedStates(id -> schema.get().table(id) != null, this::finishedMicros);
    return new PurgeHorizon.Source() {
      @Override
      public PurgeHorizon of(UUID tableId) {
        return repaired.horizon(tableId);
      }

      @Override
      public NeedlessCells needless(UUID tableId) {
        return tableId.equals(states.id()) ? finished : null;
      }
    };
  }

  /** Has this node repair its ranges by itself; to be made once. */
  RepairSchedule schedule(Repairs repairs) {
    return new RepairSchedule(
        repairs, schema, NodeLimits.schedule(config), runtime.random().split());
  }

  /** How fast this node gives what others fetch. */
  StreamThroughput streamThroughput() {
    return throughput;
  }

  /** The hints that this node keeps for others. */
  Hints hints() {
    return hints;
  }

  /** Brings all hints elsewhere, since this node leaves. */
  CompletionStage<Void> giveHintsAway() {
    return hints.giveAway();
  }

  /** Reads what is known of repairs; completes, on any lane, before anything is done by it. */
  CompletionStage<Void> load() {
    CompletableFuture<Void> loaded = new CompletableFuture<>();
    repaired.load(
        failure -> {
          if (failure != null) {
            LOGGER.error("it is not known what was repaired; no deletion is purged", failure);
          }
          loaded.complete(null);
        });
    return loaded;
  }

  /** Begins to hand over hints and to complete batches; when the node is a member. */
  void start() {
    completion.begin();
    hints.start(
        (keyspace, token, update, writtenMillis, done) ->
            writer.write(
                keyspace,
                token,
                update,
                writtenMillis,
                Consistency.ONE,
                WriteType.SIMPLE,
                timeouts.writeNanos(),
                done));
  }
}

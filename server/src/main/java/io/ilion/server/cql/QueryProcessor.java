package io.ilion.server.cql;

import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.replica.ClusterTruncation;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Statement;
import io.ilion.cql.function.NativeFunctions;
import io.ilion.cql.modify.BatchPlan;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.schema.SchemaChange;
import io.ilion.cql.term.Evaluation;
import io.ilion.gossip.ClusterView;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.Schema;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.Event;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.CqlService;
import io.ilion.server.Exchange;
import io.ilion.server.RunningRequest;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.SchemaChanges;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.tracing.TraceContext;
import io.ilion.server.tracing.Tracer;
import io.ilion.storage.StorageEngine;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Executes the requests of clients. Safe to call from any lane. */
public final class QueryProcessor implements CqlService {
  private final NodeRuntime runtime;
  private final BurstScheduler bursts;
  private final SchemaStore schemas;
  private final StatementPlanner planner;
  private final StatementCache prepared;
  private final SlowRequests slowRequests;
  private final DescribeService describe;
  private final Consumer<ErrorCode> failures;
  private final Planning planning;
  private final Tracer tracer;
  private final RequestContext context;
  private final PreparedRequests preparing;
  private final ReadRequests reads;
  private final ExplainRequests explanations;
  private final WriteRequests writes;
  private final SchemaRequests definitions;

  /**
   * Assembles the service.
   *
   * @param bursts what the reader and the writer run on
   * @param truncation of tables that other nodes keep too; null for a node without others
   * @param view the nodes that there are
   */
  public QueryProcessor(
      Config config,
      NodeRuntime runtime,
      BurstScheduler bursts,
      SchemaStore schemas,
      SchemaChanges changes,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Reader reader,
      Writer writer,
      Batchlog batchlog,
      ClusterTruncation truncation,
      TimestampGenerator timestamps,
      ClusterView view,
      TraceContext traces,
      RequestMetrics metrics,
      LiveTimeouts timeouts) {
    this.runtime = runtime;
    this.bursts = bursts;
    this.schemas = schemas;
    this.planner = new StatementPlanner(new NativeFunctions());
    this.prepared =
        new StatementCache(
            planner,
            config.get(Settings.PREPARED_STATEMENTS_CACHE_SIZE),
            runtime.scheduler().background());
    this.describe = new DescribeService(config.get(Settings.CLUSTER_NAME), view);
    this.slowRequests =
        new SlowRequests(
            runtime.clock(), config.get(Settings.SLOW_QUERY_LOG_TIMEOUT).toNanos() / 1000);
    this.context =
        new RequestContext(
            runtime,
            schemas,
            timestamps,
            timeouts,
            traces,
            metrics,
            new RequestFailures(runtime.clock(), () -> storageAddress(config)),
            new ConsistencyCheck(config.get(Settings.DC), writer::isReplicated),
            slowRequests,
            prepared);
    this.failures = metrics::failed;
    this.planning =
        new Planning(
            bursts, schemas, changes, traces, runtime.scheduler().blockingLane("long-statements"));
    this.preparing = new PreparedRequests(context, prepared, planning);
    this.reads =
        new ReadRequests(
            context, reader, writer, runtime.scheduler().blockingLane("computed-tables"));
    this.explanations = new ExplainRequests(context, reader, reads);
    this.writes = new WriteRequests(context, writer);
    this.definitions =
        new SchemaRequests(
            context, changes, engine, snapshots, batchlog, writer::isReplicated, truncation, view);
    this.tracer =
        new Tracer(
            runtime.clock(),
            traces,
            context::newTimeUuid,
            storageAddress(config),
            config.get(Settings.TRACE_TYPE_QUERY_TTL),
            runtime.random().split(),
            new TraceWriter(
                runtime.clock(), schemas::schema, planner, writer, context.functions()));
  }

  /** Where other nodes would find this one. */
  private static InetSocketAddress storageAddress(Config config) {
    return new InetSocketAddress(
        config.get(Settings.BROADCAST_ADDRESS), config.get(Settings.STORAGE_PORT));
  }

  /**
   * The reads and writes that are not answered, so many of each lane at most. Waits for the lanes,
   * so it is not to be called on one.
   */
  public List<RunningRequest> running() {
    return context.running();
  }

  /** Traces requests. */
  public Tracer tracer() {
    return tracer;
  }

  /** The requests that took long. */
  public SlowRequests slowRequests() {
    return slowRequests;
  }

  /** The prepared statements. */
  public StatementCache preparedStatements() {
    return prepared;
  }

  @Override
  public void refused(int requests) {
    context.metrics().refused(requests);
  }

  @Override
  public void execute(List<Exchange> burst) {
    long now = runtime.clock().nanoTime();
    bursts.burst(
        () -> {
          for (Exchange exchange : burst) {
            try {
              exchange.startedAt(now);
              exchange.countFailures(failures);
              if (exchange.tracing() || tracer.picks()) {
                tracer.trace(exchange, () -> execute(exchange));
              } else {
                execute(exchange);
              }
            } catch (RuntimeException | StackOverflowError e) {
              if (exchange.claim()) {
                exchange.fail(e);
              }
            }
          }
        });
  }

  private void execute(Exchange exchange) {
    switch (exchange.message()) {
      case Request.Query q -> {
        context.metrics().regularStatement(exchange.client().lane());
        context.traces().event("Parsing ", q.query());
        String keyspace = RequestContext.keyspace(exchange, q.parameters());
        planning.plan(
            exchange,
            q.query().length(),
            () -> plan(q, keyspace),
            plan -> run(exchange, plan, q.parameters(), null));
      }
      case Request.Prepare p -> preparing.prepare(exchange, p);
      case Request.Execute e ->
          preparing.find(
              exchange,
              e,
              entry -> run(exchange, entry.plan(), parameters(e, entry), e.resultMetadataId()));
      case Request.Batch b -> batch(exchange, b);
      default -> throw CqlException.protocol("Unexpected request %s", exchange.message());
    }
  }

  private static QueryParameters parameters(Request.Execute request, StatementCache.Entry entry) {
    // Before version 5 a client cannot tell which columns it knows: it may know the earlier ones.
    return entry.altered() && request.resultMetadataId() == null
        ? request.parameters().withMetadata()
        : request.parameters();
  }

  private PreparedPlan plan(Request.Query request, String keyspace) {
    Statement statement = planner.parse(request.query());
    context.traces().event("Preparing statement");
    PreparedPlan plan = planner.plan(statement, keyspace, context.schema());
    BoundValues values = request.parameters().values();
    // Cassandra words it so only where the statement comes along with the values.
    if (!values.isNamed() && values.count() != plan.variables().size()) {
      throw CqlException.invalid("Invalid amount of bind variables");
    }
    if (plan instanceof PreparedPlan.Using p) {
      definitions.checkExists(p.keyspace());
    }
    return plan;
  }

  private void run(
      Exchange exchange, PreparedPlan plan, QueryParameters parameters, Digest knownMetadata) {
    switch (plan) {
      case PreparedPlan.Selecting p -> reads.select(exchange, p, parameters, knownMetadata);
      case PreparedPlan.Explaining p ->
          explanations.explain(exchange, p, parameters, knownMetadata);
      case PreparedPlan.Modifying p -> writes.modify(exchange, p, parameters);
      case PreparedPlan.Batching p -> {
        Evaluation evaluation = context.evaluation(p.variables(), parameters.values());
        List<Evaluation> each = new ArrayList<>();
        p.plan().statements().forEach(s -> each.add(evaluation));
        writes.batch(exchange, p.plan(), evaluation, each, parameters);
      }
      case PreparedPlan.Using p -> definitions.use(exchange, p.keyspace());
      case PreparedPlan.Truncating p -> definitions.truncate(exchange, p.table());
      case PreparedPlan.Defining p -> definitions.define(exchange, p, parameters);
      case PreparedPlan.Describing p ->
          describe.answer(exchange, p.statement(), schemas.schema(), schemas.version(), parameters);
    }
  }

  private void batch(Exchange exchange, Request.Batch request) {
    long characters = 0;
    for (Request.BatchStatement statement : request.statements()) {
      if (statement.id() == null) {
        characters += statement.query().length();
      }
    }
    String keyspace = RequestContext.keyspace(exchange, request.parameters());
    planning.plan(
        exchange,
        characters,
        () -> plans(request, keyspace),
        plans -> runBatch(exchange, request, plans));
  }

  private List<PreparedPlan> plans(Request.Batch request, String keyspace) {
    Schema schema = context.schema();
    List<PreparedPlan> plans = new ArrayList<>(request.statements().size());
    Digest last = null;
    for (Request.BatchStatement statement : request.statements()) {
      if (statement.id() == null) {
        plans.add(planner.plan(statement.query(), keyspace, schema));
      } else if (statement.id().equals(last)) {
        plans.add(plans.getLast());
        continue;
      } else {
        plans.add(preparing.known(statement.id()).plan());
      }
      last = statement.id();
    }
    return plans;
  }

  private void runBatch(Exchange exchange, Request.Batch request, List<PreparedPlan> statements) {
    List<ModificationPlan> plans = new ArrayList<>(statements.size());
    List<Evaluation> evaluations = new ArrayList<>(statements.size());
    RequestFunctions functions = context.newFunctions();
    for (int i = 0; i < statements.size(); i++) {
      if (!(statements.get(i) instanceof PreparedPlan.Modifying modifying)) {
        throw CqlException.invalid(
            "Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.");
      }
      plans.add(modifying.plan());
      BoundValues values = request.statements().get(i).values();
      if (!values.isNamed() && values.count() != modifying.variables().size()) {
        throw CqlException.invalid(
            "There were %d markers(?) in CQL but %d bound variables",
            modifying.variables().size(), values.count());
      }
      evaluations.add(context.evaluation(modifying.variables(), values, functions));
    }
    BatchPlan plan =
        new BatchPlan(Batch.Kind.valueOf(request.type().name()), planner.noAttributes(), plans);
    writes.batch(
        exchange,
        plan,
        context.evaluation(List.of(), BoundValues.NONE, functions),
        evaluations,
        request.parameters());
  }

  /** The event that tells of a change. */
  public static Event.SchemaChange event(SchemaChange change) {
    return new Event.SchemaChange(
        Event.SchemaChange.Change.valueOf(change.kind()),
        Event.SchemaChange.Target.valueOf(change.target()),
        change.keyspace(),
        change.name());
  }
}

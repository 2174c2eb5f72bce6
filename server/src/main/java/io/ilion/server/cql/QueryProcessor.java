package io.ilion.server.cql;

import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.read.ReadOptions;
import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.read.Rows;
import io.ilion.coordinator.write.Attempt;
import io.ilion.coordinator.write.ConditionalResult;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.coordinator.write.WriteProgress;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Statement;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.modify.BatchPlan;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.schema.SchemaChange;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.Receiver;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.Event;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import io.ilion.protocol.RowsWriter;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.CqlService;
import io.ilion.server.Exchange;
import io.ilion.server.RunningRequest;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.tracing.TraceContext;
import io.ilion.server.tracing.Tracer;
import io.ilion.storage.StorageEngine;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Executes the requests of clients. Safe to call from any lane. */
public final class QueryProcessor implements CqlService {
  private static final int MOST_RUNNING = 1000;

  private static final String USE_WARNING =
      "`USE <keyspace>` with prepared statements is considered to be an anti-pattern due to"
          + " ambiguity in non-qualified table names. Please consider removing instances of"
          + " `Session#setKeyspace(<keyspace>)`, `Session#execute(\"USE <keyspace>\")` and"
          + " `cluster.newSession(<keyspace>)` from your code, and always use fully qualified table"
          + " names (e.g. <keyspace>.<table>). Keyspace used: %s, statement keyspace: %s, statement"
          + " id: %s";

  private final NodeRuntime runtime;
  private final BurstScheduler bursts;
  private final SchemaStore schemas;
  private final StorageEngine engine;
  private final AutoSnapshots snapshots;
  private final Reader reader;
  private final Writer writer;
  private final Batchlog batchlog;
  private final TimestampGenerator timestamps;
  private final StatementPlanner planner;
  private final StatementCache prepared;
  private final RequestFunctions.Shared functions;
  private final DescribeService describe;
  private final String datacenter;
  private final TraceContext traces;
  private final RequestMetrics metrics;
  private final Tracer tracer;
  private final RequestDeadlines[] deadlines;
  private final RequestFailures failures;
  private final TableIds tableIds;
  private final Lane computed;
  private final LongStatements longStatements;
  private final ConsistencyCheck consistency;

  /** Gives ids for new tables. */
  @FunctionalInterface
  public interface TableIds {
    /** An id that was never used. */
    UUID next();
  }

  /**
   * Assembles the service.
   *
   * @param bursts what the reader and the writer run on
   * @param preparedBytes the budget of the cache of prepared statements
   * @param datacenter of this node
   * @param address where this node serves
   * @param traceTimeToLive how long a trace is kept
   * @param storageAddress where other nodes would find this one
   */
  public QueryProcessor(
      NodeRuntime runtime,
      BurstScheduler bursts,
      SchemaStore schemas,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Reader reader,
      Writer writer,
      Batchlog batchlog,
      TimestampGenerator timestamps,
      FunctionRegistry registry,
      long preparedBytes,
      DescribeService describe,
      String datacenter,
      Supplier<InetSocketAddress> address,
      TraceContext traces,
      RequestMetrics metrics,
      Duration traceTimeToLive,
      Timeouts timeouts,
      Supplier<InetSocketAddress> storageAddress) {
    this.runtime = runtime;
    this.bursts = bursts;
    this.schemas = schemas;
    this.engine = engine;
    this.snapshots = snapshots;
    this.reader = reader;
    this.writer = writer;
    this.batchlog = batchlog;
    this.timestamps = timestamps;
    this.planner = new StatementPlanner(registry);
    this.prepared = new StatementCache(planner, preparedBytes, runtime.scheduler().background());
    this.functions = new RequestFunctions.Shared(runtime.random().split());
    this.describe = describe;
    this.datacenter = datacenter;
    this.consistency = new ConsistencyCheck(datacenter);
    this.computed = runtime.scheduler().blockingLane("computed-tables");
    this.longStatements =
        new LongStatements(bursts, traces, runtime.scheduler().blockingLane("long-statements"));
    this.tableIds = this::newTimeUuid;
    this.traces = traces;
    this.metrics = metrics;
    this.failures = new RequestFailures(runtime.clock(), storageAddress);
    this.deadlines = new RequestDeadlines[runtime.scheduler().laneCount()];
    for (int i = 0; i < deadlines.length; i++) {
      deadlines[i] = new RequestDeadlines(runtime.scheduler().lane(i), runtime.clock(), timeouts);
    }
    this.tracer =
        new Tracer(
            runtime.clock(),
            traces,
            this::newTimeUuid,
            address,
            traceTimeToLive,
            new TraceWriter(runtime.clock(), schemas::schema, planner, writer, functions));
  }

  /**
   * The reads and writes that are not answered, so many of each lane at most. Waits for the lanes,
   * so it is not to be called on one.
   */
  public List<RunningRequest> running() {
    List<CompletableFuture<List<RunningRequest>>> parts = new ArrayList<>();
    for (int i = 0; i < deadlines.length; i++) {
      CompletableFuture<List<RunningRequest>> part = new CompletableFuture<>();
      RequestDeadlines own = deadlines[i];
      runtime.scheduler().lane(i).execute(() -> part.complete(own.running(MOST_RUNNING)));
      parts.add(part);
    }
    return parts.stream().flatMap(part -> part.join().stream()).toList();
  }

  private UUID newTimeUuid() {
    byte[] id = new RequestFunctions(runtime.clock().wallMillis(), functions).newTimeUuid();
    return (UUID) NativeType.UUID.decode(id);
  }

  /** The prepared statements. */
  public StatementCache preparedStatements() {
    return prepared;
  }

  @Override
  public void execute(List<Exchange> burst) {
    long now = runtime.clock().nanoTime();
    bursts.burst(
        () -> {
          for (Exchange exchange : burst) {
            try {
              exchange.startedAt(now);
              if (exchange.tracing()) {
                tracer.trace(exchange, () -> execute(exchange));
              } else {
                execute(exchange);
              }
            } catch (RuntimeException e) {
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
        metrics.regularStatement(exchange.client().lane());
        traces.event("Parsing ", q.query());
        longStatements.plan(
            exchange,
            q.query().length(),
            () -> plan(exchange, q),
            plan -> run(exchange, plan, q.parameters(), null));
      }
      case Request.Prepare p -> prepare(exchange, p);
      case Request.Execute e -> executePrepared(exchange, e);
      case Request.Batch b -> batch(exchange, b);
      default -> throw CqlException.protocol("Unexpected request %s", exchange.message());
    }
  }

  private PreparedPlan plan(Exchange exchange, Request.Query request) {
    Statement statement = planner.parse(request.query());
    traces.event("Preparing statement");
    PreparedPlan plan =
        planner.plan(statement, keyspace(exchange, request.parameters()), schemas.schema());
    BoundValues values = request.parameters().values();
    // Cassandra words it so only where the statement comes along with the values.
    if (!values.isNamed() && values.count() != plan.variables().size()) {
      throw CqlException.invalid("Invalid amount of bind variables");
    }
    return plan;
  }

  private static String keyspace(Exchange exchange, QueryParameters parameters) {
    return parameters.keyspace() != null ? parameters.keyspace() : exchange.client().keyspace();
  }

  private void prepare(Exchange exchange, Request.Prepare request) {
    String keyspace =
        request.keyspace() != null ? request.keyspace() : exchange.client().keyspace();
    traces.event("Preparing ", request.query());
    StatementCache.Entry known = prepared.find(request.query(), keyspace, schemas.schema());
    if (known != null) {
      answerPrepared(exchange, request, keyspace, known, false);
      return;
    }
    longStatements.plan(
        exchange,
        request.query().length(),
        () -> prepared.prepare(request.query(), keyspace, schemas.schema()),
        entry -> answerPrepared(exchange, request, keyspace, entry, true));
  }

  private static void answerPrepared(
      Exchange exchange,
      Request.Prepare request,
      String keyspace,
      StatementCache.Entry entry,
      boolean fresh) {
    PreparedPlan plan = entry.plan();
    if (plan.variables().size() > 65535) {
      throw CqlException.invalid(
          "Too many markers(?). %d markers exceed the allowed maximum of %d",
          plan.variables().size(), 65535);
    }
    Digest id = StatementCache.id(request.query(), keyspace);
    if (fresh && keyspace != null && !entry.qualified()) {
      // The keyspace of a request alone, as in Cassandra, neither asks nor notes what was said.
      boolean own = keyspace.equals(exchange.client().keyspace());
      if (!own || exchange.client().warnOfUse()) {
        warnOfUse(exchange, keyspace, keyspace, id);
      }
    }
    exchange.respond(
        new Result.Prepared(
            id,
            exchange.version().atLeast(ProtocolVersion.V5) ? plan.columns().id() : null,
            variables(plan.variables()),
            plan.partitionKeyVariables(),
            plan.columns()));
  }

  private static void warnOfUse(
      Exchange exchange, String keyspace, String statementKeyspace, Digest id) {
    exchange.warn(String.format(USE_WARNING, keyspace, statementKeyspace, id));
  }

  private static RowsMetadata variables(List<Receiver> variables) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (Receiver variable : variables) {
      columns.add(
          new ColumnSpec(
              variable.keyspace(),
              variable.table(),
              variable.name(),
              ColumnType.of(variable.type())));
    }
    return new RowsMetadata(columns);
  }

  private void executePrepared(Exchange exchange, Request.Execute request) {
    StatementCache.Entry entry = prepared.find(request.id(), schemas.schema());
    if (entry == null) {
      throw unprepared(request.id());
    }
    if (traces.current() != null) {
      TraceParameters.add(traces.current(), entry, request.parameters().values());
    }
    metrics.preparedStatement(exchange.client().lane());
    String keyspace = keyspace(exchange, request.parameters());
    if (!entry.qualified()
        && !(entry.plan() instanceof PreparedPlan.Batching)
        && !Objects.equals(keyspace, entry.keyspace())
        && exchange.client().warnOfUse()) {
      warnOfUse(exchange, keyspace, entry.keyspace(), request.id());
    }
    run(exchange, entry.plan(), request.parameters(), request.resultMetadataId());
  }

  private static RequestException unprepared(Digest id) {
    return new RequestException(
        ErrorCode.UNPREPARED,
        "Prepared query with ID "
            + id
            + " not found (either the query was not prepared on this host (maybe the host has"
            + " been restarted?) or you have prepared too many queries and it has been evicted"
            + " from the internal cache)",
        new ErrorDetails.Unprepared(id));
  }

  private void run(
      Exchange exchange, PreparedPlan plan, QueryParameters parameters, Digest knownMetadata) {
    switch (plan) {
      case PreparedPlan.Selecting p -> select(exchange, p, parameters, knownMetadata);
      case PreparedPlan.Modifying p -> modify(exchange, p, parameters);
      case PreparedPlan.Batching p -> {
        Evaluation evaluation = evaluation(p.variables(), parameters.values());
        List<Evaluation> each = new ArrayList<>();
        p.plan().statements().forEach(s -> each.add(evaluation));
        batch(exchange, p.plan(), evaluation, each, parameters);
      }
      case PreparedPlan.Using p -> use(exchange, p.keyspace());
      case PreparedPlan.Truncating p -> truncate(exchange, p.table());
      case PreparedPlan.Defining p -> define(exchange, p, parameters);
      case PreparedPlan.Describing p ->
          describe.answer(exchange, p.statement(), schemas.schema(), schemas.version(), parameters);
    }
  }

  /** The values of one execution, in the order of the variables. */
  private Evaluation evaluation(List<Receiver> variables, BoundValues values) {
    byte[][] bound = new byte[variables.size()][];
    if (values.isNamed()) {
      for (int i = 0; i < bound.length; i++) {
        int index = values.indexOf(variables.get(i).name());
        bound[i] = index < 0 ? Values.UNSET : value(values, index);
      }
    } else {
      if (values.count() != bound.length) {
        throw CqlException.invalid(
            "there were %d markers(?) in CQL but %d bound variables", bound.length, values.count());
      }
      for (int i = 0; i < bound.length; i++) {
        bound[i] = value(values, i);
      }
    }
    for (int i = 0; i < bound.length; i++) {
      if (bound[i] != null && !Values.isUnset(bound[i])) {
        validate(variables.get(i), bound[i]);
      }
    }
    return new Evaluation(bound, new RequestFunctions(runtime.clock().wallMillis(), functions));
  }

  private static void validate(Receiver variable, byte[] value) {
    try {
      variable.type().validate(value);
    } catch (CqlException e) {
      throw CqlException.invalid("%s", e.getMessage());
    }
  }

  private static byte[] value(BoundValues values, int index) {
    return values.isNull(index) ? null : values.isUnset(index) ? Values.UNSET : values.get(index);
  }

  private long nowSeconds(QueryParameters parameters) {
    return parameters.nowInSeconds() != QueryParameters.NO_NOW_IN_SECONDS
        ? parameters.nowInSeconds()
        : runtime.clock().wallSeconds();
  }

  private long timestamp(QueryParameters parameters) {
    return parameters.timestamp() != QueryParameters.NO_TIMESTAMP
        ? parameters.timestamp()
        : timestamps.next();
  }

  private void select(
      Exchange exchange,
      PreparedPlan.Selecting selecting,
      QueryParameters parameters,
      Digest knownMetadata) {
    if (parameters.pageSize() == 0) {
      throw CqlException.protocol("The page size cannot be 0");
    }
    boolean range = !selecting.plan().restrictions().hasPartitionKeys();
    consistency.checkRead(
        selecting.plan().table(), range, parameters.consistency(), schemas.schema());
    Evaluation evaluation = evaluation(selecting.variables(), parameters.values());
    ReadOptions options =
        new ReadOptions(
            parameters.consistency(),
            parameters.pageSize() == QueryParameters.NO_PAGE_SIZE ? 0 : parameters.pageSize(),
            parameters.pagingState(),
            nowSeconds(parameters),
            exchange::warn);
    deadlines(exchange).read(exchange, parameters.consistency(), range);
    Rows.Callback callback =
        (rows, failure) -> {
          if (!exchange.claim()) {
            return;
          }
          if (failure != null) {
            exchange.fail(failures.ofRead(failure, parameters.consistency()));
          } else {
            metrics.read(
                selecting.plan().table().id(),
                range,
                exchange.startedNanos(),
                rows.count(),
                rows.tombstones());
            answer(exchange, selecting.columns(), rows, parameters, knownMetadata);
          }
        };
    if (selecting.plan().table().isVirtual()) {
      // Computing them may take long, and may ask the disk.
      computed.execute(
          () ->
              LongStatements.attempt(
                  exchange, () -> reader.read(selecting.read(), evaluation, options, callback)));
    } else {
      if (range) {
        traces.event("Computing ranges to query");
      }
      reader.read(selecting.read(), evaluation, options, callback);
    }
  }

  private static void answer(
      Exchange exchange,
      RowsMetadata columns,
      Rows rows,
      QueryParameters parameters,
      Digest knownMetadata) {
    try {
      boolean changed = knownMetadata != null && !columns.id().equals(knownMetadata);
      ByteBuf out = exchange.begin(Opcode.RESULT);
      RowsWriter writer =
          new RowsWriter(
              out,
              exchange.version(),
              columns,
              changed || !parameters.skipMetadata(),
              changed ? columns.id() : null);
      Rows.Cells cells = rows.cells();
      if (cells != null) {
        writer.rows(cells.array(), cells.length(), cells.rowCount());
      }
      for (byte[][] row : rows.rows()) {
        for (byte[] cell : row) {
          writer.cell(cell);
        }
        writer.endRow();
      }
      writer.finish(rows.pagingState());
      exchange.end(null, rows.warnings(), null);
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  private RequestDeadlines deadlines(Exchange exchange) {
    return deadlines[exchange.client().lane()];
  }

  private void modify(
      Exchange exchange, PreparedPlan.Modifying modifying, QueryParameters parameters) {
    Evaluation evaluation = evaluation(modifying.variables(), parameters.values());
    ModificationPlan plan = modifying.plan();
    refuseVirtual(plan);
    long nowSeconds = nowSeconds(parameters);
    if (plan.isConditional()) {
      consistency.checkDecision(plan.table(), parameters, schemas.schema());
      traces.event("Reading existing values for CAS precondition");
      writer.decide(
          timestamp -> List.of(plan.bind(evaluation, timestamp, nowSeconds)),
          false,
          nowSeconds,
          exchange::warn,
          attempt(exchange, parameters),
          (result, failure) ->
              answerDecided(exchange, plan.table(), result, decisionFailure(failure, parameters)));
      return;
    }
    consistency.checkWrite(plan.table(), parameters.consistency(), schemas.schema());
    BoundModification bound = plan.bind(evaluation, timestamp(parameters), nowSeconds);
    traces.event("Determining replicas for mutation");
    WriteProgress progress =
        deadlines(exchange).write(exchange, parameters.consistency(), plan.table().isCounter());
    writer.write(
        bound,
        nowSeconds,
        exchange::warn,
        progress,
        failure ->
            answerWritten(exchange, plan.table(), writeFailure(failure, parameters, progress)));
  }

  private Throwable writeFailure(
      Throwable failure, QueryParameters parameters, WriteProgress progress) {
    return failure == null
        ? null
        : failures.ofWrite(failure, parameters.consistency(), progress.type());
  }

  private Throwable decisionFailure(Throwable failure, QueryParameters parameters) {
    return failure == null
        ? null
        : failures.ofWrite(failure, parameters.serialConsistency(), WriteType.CAS);
  }

  private static void refuseVirtual(ModificationPlan plan) {
    if (plan.table().isVirtual()) {
      throw CqlException.invalid("Modification is not supported by table %s", plan.table());
    }
  }

  private Attempt attempt(Exchange exchange, QueryParameters parameters) {
    Attempt attempt = new Attempt();
    deadlines(exchange).decide(exchange, parameters.serialConsistency(), attempt);
    return attempt;
  }

  private void answerWritten(Exchange exchange, TableDefinition table, Throwable failure) {
    if (failure == null) {
      metrics.write(table.id(), exchange.startedNanos());
    }
    answer(exchange, failure);
  }

  private static void answer(Exchange exchange, Throwable failure) {
    if (!exchange.claim()) {
      return;
    }
    if (failure == null) {
      exchange.respondVoid();
    } else {
      exchange.fail(failure);
    }
  }

  private void answerDecided(
      Exchange exchange, TableDefinition table, ConditionalResult result, Throwable failure) {
    if (!exchange.claim()) {
      return;
    }
    if (failure != null) {
      exchange.fail(failure);
      return;
    }
    metrics.write(table.id(), exchange.startedNanos());
    traces.event(result.applied() ? "CAS applied successfully" : "CAS precondition does not match");
    List<ColumnSpec> columns = new ArrayList<>();
    columns.add(
        new ColumnSpec(
            table.keyspace(), table.name(), "[applied]", ColumnType.of(NativeType.BOOLEAN)));
    for (ColumnDefinition column : result.columns()) {
      columns.add(
          new ColumnSpec(
              table.keyspace(), table.name(), column.name(), ColumnType.of(column.type())));
    }
    List<byte[][]> rows = new ArrayList<>();
    byte[] applied = {(byte) (result.applied() ? 1 : 0)};
    for (byte[][] values : result.rows()) {
      byte[][] row = new byte[values.length + 1][];
      row[0] = applied;
      System.arraycopy(values, 0, row, 1, values.length);
      rows.add(row);
    }
    if (rows.isEmpty()) {
      rows.add(new byte[][] {applied});
    }
    answer(
        exchange,
        new RowsMetadata(columns),
        new Rows(rows, null, List.of(), 0),
        QueryParameters.of(Consistency.ONE),
        null);
  }

  private void batch(Exchange exchange, Request.Batch request) {
    long characters = 0;
    for (Request.BatchStatement statement : request.statements()) {
      if (statement.id() == null) {
        characters += statement.query().length();
      }
    }
    longStatements.plan(
        exchange,
        characters,
        () -> plans(exchange, request),
        plans -> runBatch(exchange, request, plans));
  }

  private List<PreparedPlan> plans(Exchange exchange, Request.Batch request) {
    String keyspace = keyspace(exchange, request.parameters());
    Schema schema = schemas.schema();
    List<PreparedPlan> plans = new ArrayList<>();
    for (Request.BatchStatement statement : request.statements()) {
      if (statement.id() == null) {
        plans.add(planner.plan(statement.query(), keyspace, schema));
      } else {
        StatementCache.Entry entry = prepared.find(statement.id(), schema);
        if (entry == null) {
          throw unprepared(statement.id());
        }
        plans.add(entry.plan());
      }
    }
    return plans;
  }

  private void runBatch(Exchange exchange, Request.Batch request, List<PreparedPlan> statements) {
    List<ModificationPlan> plans = new ArrayList<>();
    List<Evaluation> evaluations = new ArrayList<>();
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
      evaluations.add(evaluation(modifying.variables(), values));
    }
    BatchPlan plan =
        new BatchPlan(Batch.Kind.valueOf(request.type().name()), planner.noAttributes(), plans);
    batch(
        exchange, plan, evaluation(List.of(), BoundValues.NONE), evaluations, request.parameters());
  }

  private void batch(
      Exchange exchange,
      BatchPlan plan,
      Evaluation own,
      List<Evaluation> evaluations,
      QueryParameters parameters) {
    if (plan.statements().isEmpty()) {
      exchange.respondVoid();
      return;
    }
    plan.statements().forEach(QueryProcessor::refuseVirtual);
    long nowSeconds = nowSeconds(parameters);
    TableDefinition table = plan.statements().get(0).table();
    if (plan.isConditional()) {
      consistency.checkDecision(table, parameters, schemas.schema());
      traces.event("Reading existing values for CAS precondition");
      Function<Long, List<BoundModification>> bind =
          timestamp -> plan.bind(own, evaluations, timestamp, nowSeconds);
      writer.decide(
          bind,
          true,
          nowSeconds,
          exchange::warn,
          attempt(exchange, parameters),
          (result, failure) ->
              answerDecided(exchange, table, result, decisionFailure(failure, parameters)));
      return;
    }
    consistency.checkBatch(table, parameters.consistency(), schemas.schema());
    List<BoundModification> bound = plan.bind(own, evaluations, timestamp(parameters), nowSeconds);
    boolean counter = table.isCounter();
    traces.event(
        plan.kind() == Batch.Kind.LOGGED
            ? "Determining replicas for atomic batch"
            : "Determining replicas for mutation");
    WriteProgress progress = deadlines(exchange).write(exchange, parameters.consistency(), counter);
    writer.writeBatch(
        bound,
        plan.kind(),
        nowSeconds,
        exchange::warn,
        progress,
        failure -> {
          metrics.batch(RequestMetrics.Batches.valueOf(plan.kind().name()), progress.partitions());
          answerWritten(exchange, table, writeFailure(failure, parameters, progress));
        });
  }

  private void use(Exchange exchange, String keyspace) {
    if (schemas.schema().keyspace(keyspace) == null) {
      throw CqlException.invalid("Keyspace '%s' does not exist", keyspace);
    }
    exchange.client().useKeyspace(keyspace);
    exchange.respond(new Result.SetKeyspace(keyspace));
  }

  private void truncate(Exchange exchange, TableDefinition table) {
    traces.event("Truncating ", table.name());
    deadlines(exchange).truncate(exchange);
    // A batch that began before must not be replayed after.
    batchlog
        .settle()
        .thenCompose(settled -> snapshots.beforeTruncate(table))
        .thenCompose(kept -> engine.truncate(table.id()))
        .whenComplete(
            (done, failure) ->
                answer(exchange, failure == null ? null : failures.ofTruncate(failure)));
  }

  private void define(
      Exchange exchange, PreparedPlan.Defining defining, QueryParameters parameters) {
    String keyspace = keyspace(exchange, parameters);
    schemas
        .change(
            schema ->
                new SchemaTransformer(
                        schema,
                        keyspace,
                        tableIds::next,
                        runtime.clock().wallMicros(),
                        Map.of(datacenter, 1))
                    .apply(defining.statement()))
        .whenComplete(
            (change, failure) -> {
              if (failure != null) {
                exchange.fail(failures.ofDefinition(failure));
              } else if (!change.isChange()) {
                exchange.respondVoid();
              } else {
                exchange.respond(
                    new Result.SchemaChanged(event(change)), null, change.warnings(), null);
              }
            });
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

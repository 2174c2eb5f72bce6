package io.ilion.driver;

import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.internal.Cluster;
import io.ilion.driver.internal.EventLoops;
import io.ilion.driver.internal.Names;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.policy.LoadBalancingPolicy;
import io.ilion.driver.policy.RetryPolicy;
import io.ilion.driver.policy.SpeculativeExecutionPolicy;
import io.ilion.driver.policy.ThrottlingPolicy;
import io.ilion.protocol.ProtocolVersion;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes statements on a cluster. One for an application; all threads share it.
 *
 * <pre>{@code
 * try (Session session = Session.builder().contactPoint("10.0.0.1").keyspace("shop").connect()) {
 *   session.execute("INSERT INTO book (id, title) VALUES (?, ?)", 7L, "Iliad");
 *   for (Row row : session.execute("SELECT title FROM book WHERE id = ?", 7L)) {
 *     System.out.println(row.getString("title"));
 *   }
 * }
 * }</pre>
 *
 * <p>The blocking methods wait without holding a monitor, so that virtual threads cost nothing
 * while they wait. The asynchronous ones return at once; what is chained to their stages runs on a
 * thread of the driver and must not block, or on the executor that the session was given.
 */
public final class Session implements AutoCloseable {
  private static final Logger SLOW = LoggerFactory.getLogger("io.ilion.driver.slow");

  private static final long SCHEMA_SECONDS = 10;

  private final SessionBuilder config;
  private final EventLoops loops;
  private final Cluster cluster;
  private final PreparedCache prepared;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final boolean throttles;
  private final boolean measures;
  private final long slowNanos;

  Session(SessionBuilder config, EventLoops loops, Cluster cluster) {
    this.config = config;
    this.loops = loops;
    this.cluster = cluster;
    this.prepared = new PreparedCache(this, config.preparedCacheSize);
    this.throttles = config.throttling != null;
    this.slowNanos = config.slowThreshold == null ? Long.MAX_VALUE : config.slowThreshold.toNanos();
    this.measures = config.measured || slowNanos != Long.MAX_VALUE;
  }

  /** A builder with defaults for everything: a node on this machine, for a start. */
  public static SessionBuilder builder() {
    return new SessionBuilder();
  }

  // ---- statements

  /**
   * Executes a statement given as text. With values for its markers it is prepared the first time,
   * so that any value that fits its column will do; without, it is sent as it is.
   *
   * @throws DriverException if it fails
   */
  public Result execute(String text, Object... values) {
    return execute(values.length == 0 ? SimpleStatement.of(text) : prepare(text).bind(values));
  }

  /**
   * Executes a statement and waits for its first page.
   *
   * @throws DriverException if it fails
   */
  public Result execute(Statement<?> statement) {
    return new Result(this, await(executeAsync(statement)));
  }

  /** Executes a statement given as text; see {@link #execute(String, Object...)}. */
  public CompletionStage<Page> executeAsync(String text, Object... values) {
    return values.length == 0
        ? executeAsync(SimpleStatement.of(text))
        : prepareAsync(text).thenCompose(statement -> executeAsync(statement.bind(values)));
  }

  /**
   * Executes a statement. The stage completes with its first page, or exceptionally with a {@link
   * DriverException}. Cancelling its future frees what waits in the driver; the server is not told.
   */
  public CompletionStage<Page> executeAsync(Statement<?> statement) {
    return begin(new Execution(this, statement, null));
  }

  /**
   * Executes a statement as {@link #executeAsync(Statement)} does, for those who execute very many:
   * the listener is called with the page or with the failure, where the stage would complete, and
   * no stage is made for it. What it throws is logged.
   */
  public void execute(
      Statement<?> statement, BiConsumer<? super Page, ? super Throwable> listener) {
    var unused = begin(new Execution(this, statement, Objects.requireNonNull(listener)));
  }

  /**
   * Makes a statement ready to be executed by {@link DirectRequest}s of this session.
   *
   * @param settings as far as they differ from the session's
   * @param givesTimestamp whether each execution says the timestamp of what it writes
   */
  public DirectStatement direct(
      PreparedStatement statement, Settings settings, boolean givesTimestamp) {
    return new DirectStatement(this, statement, settings, givesTimestamp);
  }

  private Execution begin(Execution execution) {
    if (throttles) {
      config.throttling.register(execution);
    } else {
      execution.begin();
    }
    return execution;
  }

  /**
   * Prepares a statement, or returns what was prepared before for the same text.
   *
   * @throws DriverException if it fails
   */
  public PreparedStatement prepare(String text) {
    return await(prepareAsync(text));
  }

  /**
   * The same in a keyspace other than the session's (version 5).
   *
   * @throws DriverException if it fails
   */
  public PreparedStatement prepare(String text, String keyspace) {
    return await(prepareAsync(text, keyspace));
  }

  /** Prepares a statement, or returns what was prepared before for the same text. */
  public CompletionStage<PreparedStatement> prepareAsync(String text) {
    return prepared.get(text, defaults().keyspace);
  }

  /** The same in a keyspace other than the session's (version 5). */
  public CompletionStage<PreparedStatement> prepareAsync(String text, String keyspace) {
    return prepared.get(text, keyspace);
  }

  /**
   * A table whose rows are records.
   *
   * @param name the table's name, behind that of its keyspace and a dot if it is not the session's;
   *     in lower case, or in double quotes as it is
   * @throws IllegalArgumentException if there is no such table
   * @throws io.ilion.driver.codec.CodecException if record and table do not agree
   */
  public <R extends Record> RecordTable<R> table(String name, Class<R> type) {
    int dot = name.startsWith("\"") ? name.indexOf("\".") + 1 : name.indexOf('.');
    String keyspace = dot > 0 ? Names.internal(name.substring(0, dot)) : keyspace();
    String table = Names.internal(dot > 0 ? name.substring(dot + 1) : name);
    return new RecordTable<>(
        this,
        metadata()
            .table(keyspace == null ? "" : keyspace, table)
            .orElseThrow(() -> new IllegalArgumentException("There is no table " + name)),
        type);
  }

  /**
   * Reads what the servers did for a request, once they have written it; see {@link
   * Page#tracingId}.
   *
   * @throws IllegalStateException if it is not complete after two seconds
   */
  public QueryTrace trace(UUID tracingId) {
    return await(traceAsync(tracingId));
  }

  /** Reads what the servers did for a request, once they have written it. */
  public CompletionStage<QueryTrace> traceAsync(UUID tracingId) {
    return QueryTrace.read(this, tracingId);
  }

  // ---- the cluster

  /**
   * The cluster as it is known now. Waits up to ten seconds for the schema if that was not read
   * yet: connecting does not wait for it.
   */
  public Metadata metadata() {
    if (!isDriverThread()) {
      await(
          cluster.schemaLoaded().copy().completeOnTimeout(null, SCHEMA_SECONDS, TimeUnit.SECONDS));
    }
    return cluster.metadata();
  }

  /** Reads nodes and schema again. */
  public CompletionStage<Void> refreshMetadata() {
    return cluster.refresh();
  }

  /** The keyspace of names without one, or null. */
  public String keyspace() {
    return cluster.keyspace();
  }

  /** The version of the native protocol that connections are opened with now. */
  public ProtocolVersion protocolVersion() {
    return cluster.protocolVersion();
  }

  /** Ends all connections; what has no answer yet fails. Waits until that is done. */
  @Override
  public void close() {
    closeAsync().toCompletableFuture().join();
  }

  /** Ends all connections; what has no answer yet fails. */
  public CompletionStage<Void> closeAsync() {
    if (!closing.compareAndSet(false, true)) {
      return loops.closed();
    }
    cluster.close().whenComplete((done, error) -> loops.close());
    return loops.closed();
  }

  // ---- for the other classes of the driver

  boolean isClosed() {
    return closing.get();
  }

  Cluster cluster() {
    return cluster;
  }

  Settings defaults() {
    return config.defaults;
  }

  CodecRegistry codecs() {
    return config.codecs;
  }

  Executor executor() {
    return config.executor;
  }

  DriverMetrics metrics() {
    return config.metrics;
  }

  TimestampGenerator timestamps() {
    return config.timestamps;
  }

  LoadBalancingPolicy loadBalancing() {
    return cluster.policy();
  }

  RetryPolicy retries() {
    return config.retries;
  }

  /** Whether nobody wants to know, delay or repeat anything of each request. */
  boolean isPlain() {
    return !throttles && !measures && !speculates() && executor() == null;
  }

  boolean speculates() {
    return config.speculation != null;
  }

  SpeculativeExecutionPolicy speculation() {
    return config.speculation;
  }

  /** A request has its result. */
  void done(Execution execution, Throwable error) {
    if (throttles) {
      ThrottlingPolicy throttling = config.throttling;
      throttling.done();
    }
    if (measures) {
      long nanos = System.nanoTime() - execution.start;
      config.metrics.requestDone(execution.statement, nanos, error);
      if (nanos >= slowNanos) {
        SLOW.warn(
            "{} ms{}: {}",
            nanos / 1_000_000,
            error == null ? "" : " (" + error.getMessage() + ")",
            abbreviated(execution.statement.text()));
      }
    }
  }

  private static String abbreviated(String text) {
    return text.length() <= 1000 ? text : text.substring(0, 1000) + "...";
  }

  private boolean isDriverThread() {
    return loops.isCurrent();
  }

  /** Waits for a stage; what it fails with is thrown with the stack of this thread. */
  <T> T await(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (!future.isDone() && isDriverThread()) {
      throw new IllegalStateException(
          "A thread of the driver would wait for itself: use the asynchronous methods here");
    }
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      CancellationException cancelled = new CancellationException("Interrupted while waiting");
      cancelled.initCause(e);
      throw cancelled;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverException failure) {
        throw failure.copy();
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}

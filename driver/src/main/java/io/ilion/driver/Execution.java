package io.ilion.driver;

import io.ilion.driver.internal.Call;
import io.ilion.driver.internal.Connection;
import io.ilion.driver.internal.ServerNode;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.Replicas;
import io.ilion.driver.policy.QueryPlan;
import io.ilion.driver.policy.RetryPolicy;
import io.ilion.driver.policy.Routing;
import io.ilion.driver.policy.ThrottlingPolicy;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.ring.Murmur3;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.PackedRows;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A statement on its way: it is sent to the nodes of its plan, one after the other or, if the
 * speculative execution policy says so, some of them at once, until there is a result. The future
 * completes on the event loop that the answer came to, or on the session's executor.
 */
final class Execution extends CompletableFuture<Page>
    implements Routing, ThrottlingPolicy.Throttled {
  private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

  final Session session;
  final Statement<?> statement;
  final long start = System.nanoTime();
  final long deadline;
  private final Duration timeout;
  private final boolean repeatable;
  private long timestamp = QueryParameters.NO_TIMESTAMP;

  private final Metadata metadata;
  private final Replicas replicas;
  private final boolean hasToken;
  private final long token;

  /** Told of the result in place of stages that depend on this; may be null. */
  private final BiConsumer<? super Page, ? super Throwable> listener;

  private QueryPlan plan;
  private Map<SocketAddress, Throwable> errors;
  private boolean isFirst = true;
  private int retries;
  private int reprepared;
  private int running;
  private boolean finished;

  Execution(
      Session session,
      Statement<?> statement,
      BiConsumer<? super Page, ? super Throwable> listener) {
    this.session = session;
    this.listener = listener;
    this.statement = statement;
    Settings own = statement.settings;
    Settings defaults = session.defaults();
    timeout = own.timeout != null ? own.timeout : defaults.timeout;
    deadline = timeout.isZero() ? Attempt.NEVER : start + timeout.toNanos();
    Boolean idempotent = own.idempotent != null ? own.idempotent : defaults.idempotent;
    repeatable =
        (idempotent != null ? idempotent : statement.isNaturallyIdempotent())
            && !statement.isConditional();
    metadata = session.cluster().metadata();
    byte[] key = own.routingToken != null ? null : statement.routingKey();
    hasToken = key != null || own.routingToken != null;
    token = key != null ? Murmur3.token(key) : hasToken ? own.routingToken : 0;
    replicas = hasToken ? metadata.replicas(routingKeyspace(), token) : Replicas.NONE;
  }

  private String routingKeyspace() {
    String keyspace = statement.routingKeyspace();
    return keyspace != null ? keyspace : session.cluster().keyspace();
  }

  // ---- what policies are told

  @Override
  public boolean hasToken() {
    return hasToken;
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public Consistency consistency() {
    Settings own = statement.settings;
    return own.consistency != null ? own.consistency : session.defaults().consistency;
  }

  @Override
  public List<Node> replicas(String datacenter) {
    return replicas.in(datacenter);
  }

  @Override
  public List<Node> nodes(String datacenter) {
    return metadata.nodes(datacenter);
  }

  @Override
  public List<String> datacenters() {
    return metadata.datacenters();
  }

  // ---- what messages are made of

  /** The parameters of the statement, all but its values taken from the settings. */
  QueryParameters parameters(BoundValues values, boolean skipMetadata) {
    Settings own = statement.settings;
    Settings defaults = session.defaults();
    // The protocol knows no pages of a batch.
    boolean paged = !(statement instanceof BatchStatement);
    int pageSize = !paged ? 0 : own.pageSize != 0 ? own.pageSize : defaults.pageSize;
    Consistency serial =
        own.serialConsistency != null ? own.serialConsistency : defaults.serialConsistency;
    return new QueryParameters(
        consistency(),
        values,
        skipMetadata,
        pageSize > 0 ? pageSize : QueryParameters.NO_PAGE_SIZE,
        paged ? own.pagingState : null,
        serial,
        timestamp(own),
        own.keyspace != null ? own.keyspace : defaults.keyspace,
        now(own.nowInSeconds != null ? own.nowInSeconds : defaults.nowInSeconds));
  }

  private static int now(Integer seconds) {
    return seconds != null ? seconds : QueryParameters.NO_NOW_IN_SECONDS;
  }

  boolean isTraced() {
    Boolean own = statement.settings.tracing;
    return Boolean.TRUE.equals(own != null ? own : session.defaults().tracing);
  }

  Map<String, byte[]> customPayload() {
    Map<String, byte[]> own = statement.settings.customPayload;
    return own != null ? own : session.defaults().customPayload;
  }

  /** The same for all tries, so that a late one does not undo what came after it. */
  private long timestamp(Settings own) {
    if (own.timestamp != null) {
      return own.timestamp;
    }
    if (timestamp == QueryParameters.NO_TIMESTAMP && !statement.isNaturallyIdempotent()) {
      timestamp = session.timestamps().next();
    }
    return timestamp;
  }

  byte[] encodeUntyped(Object value) {
    return value == Unset.UNSET
        ? io.ilion.model.type.Values.UNSET
        : UntypedValues.encode(session.codecs(), value);
  }

  Duration remaining() {
    return deadline == Attempt.NEVER
        ? session.defaults().timeout
        : Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
  }

  // ---- how it begins

  @Override
  public void proceed() {
    if (isDone()) {
      finish(null);
      return;
    }
    if (deadline != Attempt.NEVER && System.nanoTime() - deadline >= 0) {
      fail(new RequestTimeoutException(timeout, null));
      return;
    }
    isFirst = false;
    begin();
  }

  /** Sends it, at once after it was made. */
  void begin() {
    try {
      plan = session.loadBalancing().plan(this);
      sendToNext();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  @Override
  public void refuse(String reason) {
    session.metrics().refused();
    complete(null, new ThrottledException(reason));
  }

  @Override
  public boolean isAbandoned() {
    return isDone();
  }

  /** Sends to the next node of the plan, or fails with what went wrong so far. */
  void sendToNext() {
    while (!isDone()) {
      Node node = nextNode();
      if (node == null) {
        if (running() == 0) {
          fail(
              session.isClosed()
                  ? NoNodeAvailableException.closed()
                  : new NoNodeAvailableException(errors == null ? Map.of() : errors));
        }
        return;
      }
      if (sendTo((ServerNode) node)) {
        return;
      }
    }
  }

  private synchronized Node nextNode() {
    return plan.next();
  }

  private synchronized int running() {
    return running;
  }

  /** Sends to a node, or returns false if it has no connection that takes a request. */
  boolean sendTo(ServerNode node) {
    Connection connection = node.pick(hasToken, token);
    return connection != null && sendOn(node, connection);
  }

  boolean sendOn(ServerNode node, Connection connection) {
    int before;
    long now;
    synchronized (this) {
      before = running++;
      // To ask for the time costs as much as a good part of the rest.
      now = isFirst ? start : System.nanoTime();
      isFirst = false;
    }
    if (!connection.send(new Attempt(this, node, now))) {
      ended();
      remember(
          node,
          new ConnectionException(
              "The connection takes no more requests", node.address(), false, null));
      return false;
    }
    if (repeatable && session.speculates()) {
      speculate(connection, before + 1);
    }
    return true;
  }

  private void speculate(Connection connection, int sent) {
    long delay = session.speculation().delayNanos(sent);
    if (delay >= 0) {
      connection.schedule(
          () -> {
            Node next = isDone() || running() == 0 ? null : nextNode();
            if (next != null) {
              session.metrics().speculated(next);
              sendTo((ServerNode) next);
            }
          },
          delay);
    }
  }

  // ---- how it ends; called on event loops

  /** A try has ended, one way or the other. */
  synchronized void ended() {
    running--;
  }

  void answered(
      ServerNode node,
      Connection connection,
      ResponseEnvelope response,
      PreparedStatement.Shape expected) {
    Response message = response.message();
    if (message instanceof Response.Error error) {
      refused(node, connection, error);
    } else if (message instanceof PackedRows rows) {
      succeed(new Page(session, statement, node, response, columns(rows, expected)));
    } else if (message instanceof Result.SetKeyspace set) {
      Page page = new Page(session, statement, node, response, Columns.NONE);
      session.cluster().useKeyspace(set.keyspace()).whenComplete((done, error) -> succeed(page));
    } else if (message instanceof Result.SchemaChanged changed) {
      Page page = new Page(session, statement, node, response, Columns.NONE);
      session
          .cluster()
          .schemaChanged(changed.change())
          .whenComplete(
              (agreement, error) ->
                  succeed(page.schemaInAgreement(Boolean.TRUE.equals(agreement))));
    } else if (message instanceof Result) {
      succeed(new Page(session, statement, node, response, Columns.NONE));
    } else {
      fail(new ProtocolErrorException("Unexpected " + message.opcode(), node.address(), null));
    }
  }

  private Columns columns(PackedRows rows, PreparedStatement.Shape expected) {
    if (rows.metadata() == null) {
      if (expected == null || expected.columns().size() != rows.columnCount()) {
        throw new IllegalStateException("Rows without a description of their columns");
      }
      return expected.columns();
    }
    if (statement instanceof BoundStatement bound && !statement.isConditional()) {
      PreparedStatement prepared = bound.prepared();
      PreparedStatement.Shape shape = prepared.shape();
      if (rows.changedMetadataId() == null && shape.columns().describes(rows.metadata())) {
        return shape.columns();
      }
      Columns changed = new Columns(rows.metadata());
      if (shape.columns().size() > 0) {
        Digest id = rows.changedMetadataId();
        prepared.changed(id != null ? id : shape.metadataId(), changed);
      }
      return changed;
    }
    return new Columns(rows.metadata());
  }

  private void refused(ServerNode node, Connection connection, Response.Error error) {
    ServerException failure =
        new ServerException(error.code(), error.message(), error.details(), node.address());
    if (error.code() == ErrorCode.UNPREPARED) {
      prepareAgain(node, connection, failure);
    } else if (error.code() == ErrorCode.IS_BOOTSTRAPPING) {
      // It has not begun, or is about to end: then the connection ends with the answers that are on
      // their way, and nothing is sent that would be lost.
      connection.leave();
      remember(node, failure);
      sendToNext();
    } else {
      failedAt(node, failure);
    }
  }

  /** A try failed after it was sent. */
  void failedAt(ServerNode node, DriverException failure) {
    if (isDone()) {
      return;
    }
    try {
      RetryPolicy.Decision decision =
          repeatable ? session.retries().decide(failure, retries) : RetryPolicy.Decision.FAIL;
      if (decision == RetryPolicy.Decision.FAIL) {
        fail(failure);
        return;
      }
      retries++;
      remember(node, failure);
      session.metrics().retried(node, failure);
      if (decision == RetryPolicy.Decision.NEXT_NODE || !sendTo(node)) {
        sendToNext();
      }
    } catch (RuntimeException e) {
      // A policy failed: others wait for the thread that this would go through.
      e.addSuppressed(failure);
      fail(e);
    }
  }

  void remember(ServerNode node, Throwable failure) {
    synchronized (this) {
      if (errors == null) {
        errors = new LinkedHashMap<>();
      }
      errors.put(node.address(), failure);
    }
  }

  private void prepareAgain(ServerNode node, Connection connection, ServerException failure) {
    PreparedStatement forgotten = null;
    if (failure.details() instanceof ErrorDetails.Unprepared unprepared) {
      if (statement instanceof BoundStatement bound
          && bound.prepared().id().equals(unprepared.id())) {
        forgotten = bound.prepared();
      } else if (statement instanceof BatchStatement batch) {
        forgotten = batch.find(unprepared.id());
      }
    }
    int limit = statement instanceof BatchStatement batch ? batch.statements().size() : 2;
    if (forgotten == null || reprepared++ >= limit) {
      fail(failure);
      return;
    }
    session.metrics().reprepared(node);
    PreparedStatement again = forgotten;
    Call.send(
            connection,
            PrepareRequest.message(connection.version(), again.text(), again.keyspace()),
            remaining())
        .whenComplete(
            (response, error) -> {
              if (error != null) {
                fail(error);
              } else if (response instanceof Result.Prepared prepared
                  && prepared.id().equals(again.id())) {
                again.reprepared(prepared);
                if (!sendOn(node, connection)) {
                  sendToNext();
                }
              } else {
                fail(failure);
              }
            });
  }

  /** What it fails with when a node has not answered in time. */
  RequestTimeoutException late(ServerNode node) {
    return new RequestTimeoutException(timeout, node.address());
  }

  private void succeed(Page page) {
    // First, so that whoever has the result finds it counted.
    finish(null);
    hand(page, null);
  }

  /** Where the session's callbacks run. */
  private void hand(Page page, Throwable error) {
    Executor executor = session.executor();
    if (executor == null) {
      complete(page, error);
      return;
    }
    try {
      executor.execute(() -> complete(page, error));
    } catch (RejectedExecutionException e) {
      // It is shut down, or full: somebody may wait for the result all the same.
      LOG.warn("The session's executor refuses a result, which completes on the event loop", e);
      complete(page, error);
    }
  }

  private void complete(Page page, Throwable error) {
    boolean isNew = error == null ? complete(page) : completeExceptionally(error);
    if (isNew && listener != null) {
      try {
        listener.accept(page, error);
      } catch (RuntimeException e) {
        LOG.error("A listener failed", e);
      }
    }
  }

  void fail(Throwable error) {
    finish(error);
    hand(null, error);
  }

  /** Once, when there is a result, or when nobody waits for one any more. */
  void finish(Throwable error) {
    synchronized (this) {
      if (finished) {
        return;
      }
      finished = true;
    }
    session.done(this, error);
  }
}

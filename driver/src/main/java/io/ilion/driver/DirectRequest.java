package io.ilion.driver;

import io.ilion.driver.internal.Connection;
import io.ilion.driver.internal.Outgoing;
import io.ilion.driver.internal.ServerNode;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.Replicas;
import io.ilion.driver.policy.QueryPlan;
import io.ilion.driver.policy.RetryPolicy;
import io.ilion.driver.policy.Routing;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.PackedRows;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes prepared statements, one after the other, at the least cost: for a load runner or a bulk
 * job that keeps so many of these under way as it wants, each used again and again. Values are
 * written as they go over the wire, rows are read where they were received, and nothing is made in
 * between; {@link Session#execute} costs about twice as much processor time.
 *
 * <p>It decides as {@link Session#execute} does: the session's policy chooses the node, and what
 * would be tried again there is tried again, in that way. Sessions that throttle, measure,
 * speculate or have an executor of their own are served in that way, too.
 *
 * <p>Methods that are overridden are called on an event loop and must not block; they may execute
 * the next. Between {@link #execute} and their call nobody may use the request.
 */
public abstract class DirectRequest {
  private static final Logger LOG = LoggerFactory.getLogger(DirectRequest.class);

  private final Session session;
  private final Sender sender = new Sender();
  private final DirectRows rows = new DirectRows();

  private DirectStatement statement;
  private byte[] values;
  private int offset;
  private int length;
  private long timestamp;
  private long startNanos;
  private ServerNode node;

  /** The columns of the answer; set when the request is written. */
  private Columns expected = Columns.NONE;

  // What the policy is told.
  private Metadata metadata;
  private Replicas replicas;
  private boolean hasToken;
  private long token;

  /** A request of a session. */
  protected DirectRequest(Session session) {
    this.session = session;
  }

  /**
   * It has succeeded.
   *
   * @param rows valid until this returns
   * @param nowNanos when the answer was there, by {@link System#nanoTime}
   */
  protected abstract void succeeded(DirectRows rows, long nowNanos);

  /** It has failed, with what the stage of {@link Session#executeAsync} would fail with. */
  protected abstract void failed(Throwable error);

  /**
   * Executes a statement.
   *
   * @param encoded values for all markers, as {@link PreparedStatement#bindEncoded} takes them; the
   *     array has to stay as it is until the outcome is told
   * @param writtenAt the timestamp in microseconds of what is written; looked at only if the
   *     statement was told that there is one
   * @param nowNanos {@link System#nanoTime}, which the caller often knows already
   */
  public final void execute(
      DirectStatement direct, byte[] encoded, int from, int size, long writtenAt, long nowNanos) {
    statement = direct;
    values = encoded;
    offset = from;
    length = size;
    startNanos = nowNanos;
    timestamp = direct.givesTimestamp() ? writtenAt : direct.timestamp();
    try {
      if (!direct.isPlain(timestamp) || !send()) {
        executeInTheOrdinaryWay();
      }
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** Sends it to the first node of the plan that takes it; false if there is none. */
  private boolean send() {
    metadata = session.cluster().metadata();
    hasToken = statement.hasToken(values, offset);
    token = hasToken ? statement.token(values, offset) : 0;
    replicas = hasToken ? metadata.replicas(statement.keyspace(), token) : Replicas.NONE;
    QueryPlan plan = session.loadBalancing().plan(sender);
    for (Node next = plan.next(); next != null; next = plan.next()) {
      node = (ServerNode) next;
      Connection connection = node.pick(hasToken, token);
      if (connection != null
          && statement.ready(connection.version()).template() != null
          && sender.sendOn(connection, statement.deadline(startNanos))) {
        return true;
      }
    }
    return false;
  }

  private void executeInTheOrdinaryWay() {
    session.execute(
        statement.bound(values, offset, length, timestamp),
        (page, error) -> {
          if (error != null) {
            failed(error);
          } else {
            PackedRows packed = page.message() instanceof PackedRows some ? some : null;
            rows.take(packed, page.columns());
            tellSuccess(System.nanoTime());
          }
        });
  }

  private void tellSuccess(long nowNanos) {
    try {
      succeeded(rows, nowNanos);
    } catch (ProtocolException e) {
      failed(malformed(e));
    }
  }

  private ProtocolErrorException malformed(ProtocolException cause) {
    return new ProtocolErrorException("Malformed: " + cause.getMessage(), node.address(), cause);
  }

  /** It failed: once more in the ordinary way, if that would try again. */
  private void failedAt(DriverException error, boolean sent) {
    boolean again =
        !sent
            || isNotExecuted(error)
            || (statement.isRepeatable()
                && session.retries().decide(error, 0) != RetryPolicy.Decision.FAIL);
    if (again) {
      executeInTheOrdinaryWay();
    } else {
      failed(error);
    }
  }

  private static boolean isNotExecuted(DriverException error) {
    return error instanceof ServerException server
        && (server.code() == ErrorCode.UNPREPARED || server.code() == ErrorCode.IS_BOOTSTRAPPING);
  }

  /** What the connection has of it. */
  private final class Sender extends Outgoing implements Routing {
    Sender() {
      super(NEVER);
    }

    boolean sendOn(Connection connection, long until) {
      deadline(until);
      return connection.send(this);
    }

    @Override
    protected void encode(ProtocolVersion version, int stream, ByteBuf out) {
      DirectStatement.Ready ready = statement.ready(version);
      if (ready.template() == null) {
        throw new IllegalStateException("The columns have to be described now");
      }
      expected = ready.shape().columns();
      ready.template().write(out, stream, values, offset, length, timestamp);
    }

    @Override
    protected RequestEnvelope message(ProtocolVersion version, int stream) {
      throw new IllegalStateException();
    }

    @Override
    protected boolean onEnvelope(Connection connection, Envelope envelope) {
      if (!rows.isPlain(envelope, expected)) {
        return false;
      }
      long now = System.nanoTime();
      node.answered(now - startNanos);
      tellSuccess(now);
      return true;
    }

    @Override
    protected void onResponse(Connection connection, ResponseEnvelope response) {
      long now = System.nanoTime();
      node.answered(now - startNanos);
      if (response.message() instanceof Response.Error error) {
        failedAt(
            new ServerException(error.code(), error.message(), error.details(), node.address()),
            true);
      } else if (response.message() instanceof PackedRows packed) {
        Columns columns = described(packed);
        if (columns == null) {
          failed(
              new ProtocolErrorException(
                  "Rows without a description of their columns", node.address(), null));
        } else {
          rows.take(packed, columns);
          tellSuccess(now);
        }
      } else {
        rows.take(null, Columns.NONE);
        tellSuccess(now);
      }
    }

    /** The columns of rows, or null if nobody knows them. */
    private Columns described(PackedRows packed) {
      if (packed.metadata() == null) {
        return expected.size() == packed.columnCount() ? expected : null;
      }
      Columns columns = new Columns(packed.metadata());
      if (packed.changedMetadataId() != null) {
        statement.prepared().changed(packed.changedMetadataId(), columns);
      }
      return columns;
    }

    @Override
    protected void onFailure(Throwable error, boolean sent) {
      if (error instanceof DriverException failure) {
        failedAt(failure, sent);
      } else if (sent) {
        failed(error);
      } else {
        LOG.debug("Sent in the ordinary way, since it could not be written", error);
        executeInTheOrdinaryWay();
      }
    }

    @Override
    protected void onTimeout() {
      node.answered(System.nanoTime() - startNanos);
      failed(new RequestTimeoutException(statement.timeout(), node.address()));
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
      return statement.consistency();
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
  }
}

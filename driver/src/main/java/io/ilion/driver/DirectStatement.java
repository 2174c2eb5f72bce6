package io.ilion.driver;

import io.ilion.model.Consistency;
import io.ilion.model.ring.Murmur3;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ExecuteTemplate;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import java.time.Duration;
import java.util.Arrays;

/**
 * A prepared statement with its settings, made ready to be executed very many times by {@link
 * DirectRequest}s. Made by {@link Session#direct}; any thread uses it.
 */
public final class DirectStatement {
  private final Session session;
  private final PreparedStatement prepared;
  private final Settings settings;
  private final Settings all;
  private final long timeoutNanos;
  private final boolean givesTimestamp;
  private final boolean sendsTimestamp;
  private final boolean isPlain;
  private final BoundValues example;

  /** The markers of the partition key; none if it is not known by them. */
  private final int[] key;

  private volatile Ready ready;

  /**
   * What a version sends, as long as the columns of the result stay as they are.
   *
   * @param template null if the answer has to describe its columns
   */
  record Ready(ProtocolVersion version, PreparedStatement.Shape shape, ExecuteTemplate template) {
    @SuppressWarnings("ReferenceEquality") // Another shape that is equal is made ready again.
    boolean isFor(ProtocolVersion wanted, PreparedStatement.Shape now) {
      return version == wanted && shape == now;
    }
  }

  DirectStatement(
      Session session, PreparedStatement prepared, Settings settings, boolean givesTimestamp) {
    this.session = session;
    this.prepared = prepared;
    this.settings = settings.over(prepared.settings());
    this.all = this.settings.over(session.defaults());
    this.timeoutNanos = all.timeout.toNanos();
    this.givesTimestamp = givesTimestamp;
    this.sendsTimestamp = givesTimestamp || !prepared.analysis().isSelect();
    this.key = prepared.partitionKey();
    this.example = BoundValues.of(new byte[prepared.variables().size()][0]);
    this.isPlain =
        session.isPlain()
            && all.keyspace == null
            && all.timestamp == null
            && all.pagingState == null
            && all.routingToken == null
            && all.customPayload == null
            && all.nowInSeconds == null
            && !Boolean.TRUE.equals(all.tracing);
  }

  PreparedStatement prepared() {
    return prepared;
  }

  Consistency consistency() {
    return all.consistency;
  }

  Duration timeout() {
    return all.timeout;
  }

  /** Whether who executes it says the timestamp of what it writes. */
  boolean givesTimestamp() {
    return givesTimestamp;
  }

  /** The timestamp where nobody says it. */
  long timestamp() {
    return sendsTimestamp ? session.timestamps().next() : QueryParameters.NO_TIMESTAMP;
  }

  /** When an execution that begins now has to have its answer. */
  long deadline(long nowNanos) {
    return timeoutNanos == 0 ? Attempt.NEVER : nowNanos + timeoutNanos;
  }

  /** The statement as it is executed in the ordinary way; the values are copied. */
  BoundStatement bound(byte[] values, int offset, int length, long timestamp) {
    byte[] copy = Arrays.copyOfRange(values, offset, offset + length);
    BoundStatement bound = prepared.bindEncoded(copy, 0, length).with(settings);
    return timestamp == QueryParameters.NO_TIMESTAMP ? bound : bound.timestamp(timestamp);
  }

  boolean isRepeatable() {
    boolean idempotent = all.idempotent != null ? all.idempotent : prepared.analysis().isSelect();
    return idempotent && !prepared.analysis().isConditional();
  }

  /** Whether nothing of the session, of the settings or this timestamp asks for another way. */
  boolean isPlain(long timestamp) {
    return isPlain && sendsTimestamp == (timestamp != QueryParameters.NO_TIMESTAMP);
  }

  /** How a version sends it now. */
  Ready ready(ProtocolVersion version) {
    PreparedStatement.Shape shape = prepared.shape();
    Ready current = ready;
    if (current == null || !current.isFor(version, shape)) {
      current = new Ready(version, shape, made(version, shape));
      ready = current;
    }
    return current;
  }

  private ExecuteTemplate made(ProtocolVersion version, PreparedStatement.Shape shape) {
    boolean hasRows = shape.columns().size() > 0;
    boolean described =
        hasRows && !version.atLeast(ProtocolVersion.V5) && prepared.analysis().isSelectAll();
    if (described) {
      return null;
    }
    return ExecuteTemplate.of(
        version,
        prepared.id(),
        shape.metadataId(),
        new QueryParameters(
            all.consistency,
            example,
            hasRows,
            all.pageSize > 0 ? all.pageSize : QueryParameters.NO_PAGE_SIZE,
            null,
            all.serialConsistency,
            sendsTimestamp ? 0 : QueryParameters.NO_TIMESTAMP,
            null,
            QueryParameters.NO_NOW_IN_SECONDS));
  }

  // ---- the partition that values are of

  String keyspace() {
    // Asked only where a marker is of the partition key.
    return prepared.variables().keyspace(0);
  }

  /** The token of the partition of these values. */
  long token(byte[] values, int offset) {
    if (key.length > 1) {
      return Murmur3.token(
          bound(values, offset, length(values, offset), QueryParameters.NO_TIMESTAMP).routingKey());
    }
    int at = place(values, offset, key[0]);
    return Murmur3.token(values, at + Integer.BYTES, intAt(values, at));
  }

  /** Whether the values of the partition key are there. */
  boolean hasToken(byte[] values, int offset) {
    for (int marker : key) {
      if (intAt(values, place(values, offset, marker)) < 0) {
        return false;
      }
    }
    return key.length > 0;
  }

  private int length(byte[] values, int offset) {
    return place(values, offset, example.count()) - offset;
  }

  private static int place(byte[] values, int offset, int index) {
    int at = offset;
    for (int i = 0; i < index; i++) {
      at += Integer.BYTES + Math.max(0, intAt(values, at));
    }
    return at;
  }

  private static int intAt(byte[] values, int at) {
    return values[at] << 24
        | (values[at + 1] & 0xFF) << 16
        | (values[at + 2] & 0xFF) << 8
        | (values[at + 3] & 0xFF);
  }
}

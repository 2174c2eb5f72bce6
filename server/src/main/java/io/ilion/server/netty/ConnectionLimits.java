package io.ilion.server.netty;

import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.time.Duration;

/**
 * What clients may use of a node.
 *
 * @param maxFrameBytes the greatest envelope, header included
 * @param maxConnections all connections together
 * @param maxConnectionsPerAddress the connections from one IP address
 * @param maxRequests the requests that have no answer yet, all connections together; fewer when the
 *     node lags
 * @param maxRequestBytes the requests that wait for their answer, all connections together
 * @param maxRequestBytesPerAddress the same, of the connections from one IP address
 * @param maxResponseBytesPerConnection the answers that a connection does not take: beyond this it
 *     is closed
 * @param maxBufferBytes frames that have arrived in part and answers that are not taken, all
 *     connections together: beyond this, those that hold the most are closed
 * @param handshakeTimeout how long a connection may take until STARTUP is done
 * @param frameTimeout how long a frame that has begun may take to arrive
 * @param slowReaderTimeout how long a connection may take none of its answers
 * @param idleTimeout how long a connection may send nothing; zero for as long as it likes
 */
public record ConnectionLimits(
    int maxFrameBytes,
    int maxConnections,
    int maxConnectionsPerAddress,
    int maxRequests,
    long maxRequestBytes,
    long maxRequestBytesPerAddress,
    long maxResponseBytesPerConnection,
    long maxBufferBytes,
    Duration handshakeTimeout,
    Duration frameTimeout,
    Duration slowReaderTimeout,
    Duration idleTimeout) {

  private static final long MAX_RESPONSE_BYTES = 64L << 20;

  /** Half of what the command gives the process for them: they grow by copying. */
  private static final int BUFFER_FRACTION = 16;

  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(30);

  /** The limits that a node's settings give. */
  public static ConnectionLimits of(Config config) {
    long buffers = config.get(Settings.MEMORY) / BUFFER_FRACTION;
    Duration receive = config.get(Settings.NATIVE_TRANSPORT_RECEIVE_TIMEOUT);
    return new ConnectionLimits(
        (int) Math.min(config.get(Settings.NATIVE_TRANSPORT_MAX_FRAME_SIZE), Integer.MAX_VALUE / 2),
        count(config.get(Settings.NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS)),
        count(config.get(Settings.NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS_PER_IP)),
        config.get(Settings.NATIVE_TRANSPORT_MAX_REQUESTS_IN_FLIGHT),
        config.get(Settings.NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT),
        config.get(Settings.NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT_PER_IP),
        Math.min(MAX_RESPONSE_BYTES, buffers),
        buffers,
        HANDSHAKE_TIMEOUT,
        receive,
        receive,
        config.get(Settings.NATIVE_TRANSPORT_IDLE_TIMEOUT));
  }

  private static int count(int limit) {
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }

  /** Limits that suit a node with about a gigabyte of memory. */
  public static ConnectionLimits defaults() {
    return new ConnectionLimits(
        16 << 20,
        10_000,
        10_000,
        32_768,
        64L << 20,
        32L << 20,
        64L << 20,
        64L << 20,
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ZERO);
  }
}

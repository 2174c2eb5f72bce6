package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
  @Test
  void everySettingOfClientsIsALimit() {
    Config config =
        Config.defaults(2)
            .with(Settings.NATIVE_TRANSPORT_MAX_FRAME_SIZE, 1L << 20)
            .with(Settings.NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS, 7)
            .with(Settings.NATIVE_TRANSPORT_MAX_CONCURRENT_CONNECTIONS_PER_IP, -1)
            .with(Settings.NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT, 3L << 20)
            .with(Settings.NATIVE_TRANSPORT_MAX_REQUEST_DATA_IN_FLIGHT_PER_IP, 2L << 20)
            .with(Settings.NATIVE_TRANSPORT_RECEIVE_TIMEOUT, Duration.ofSeconds(3))
            .with(Settings.NATIVE_TRANSPORT_IDLE_TIMEOUT, Duration.ofSeconds(9));

    ConnectionLimits limits = ConnectionLimits.of(config);

    assertThat(limits.maxFrameBytes()).isEqualTo(1 << 20);
    assertThat(limits.maxConnections()).isEqualTo(7);
    assertThat(limits.maxConnectionsPerAddress()).isEqualTo(Integer.MAX_VALUE);
    assertThat(limits.maxRequestBytes()).isEqualTo(3 << 20);
    assertThat(limits.maxRequestBytesPerAddress()).isEqualTo(2 << 20);
    assertThat(limits.frameTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(limits.slowReaderTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(limits.idleTimeout()).isEqualTo(Duration.ofSeconds(9));
  }
}

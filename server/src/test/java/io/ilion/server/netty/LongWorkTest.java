package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Result;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A lane with work that takes long and gives others their turn, as a scan of memory does. */
class LongWorkTest {
  /** Without a look at the sockets it would be as many as there is time for in a second. */
  private static final int MOST_TURNS = 100;

  private static final Request QUERY =
      new Request.Query("here", QueryParameters.of(Consistency.ONE));

  @Test
  void socketsAreReadBetweenItsTurns() throws IOException {
    Clock clock =
        new Clock() {
          @Override
          public long nanoTime() {
            return System.nanoTime();
          }

          @Override
          public long wallMicros() {
            return 0;
          }
        };
    try (Lanes lanes = new Lanes(1, 1)) {
      FakeService service = new FakeService(lanes);
      try (CqlListener listener =
          new CqlListener(lanes, clock, ConnectionLimits.defaults(), service, "3.4.7", null)) {
        InetSocketAddress address =
            listener.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
          for (int i = 0; i < 20; i++) {
            Work work = new Work(lanes.lane(0), service, client);
            lanes.lane(0).execute(work);
            assertThat(work.turnsUntilRead.join()).as("turns").isLessThanOrEqualTo(MOST_TURNS);
            assertThat(client.receive().message()).isEqualTo(new Result.Void());
          }
        }
      }
    }
  }

  /** Sends a request in its first turn, and goes on until that has been read. */
  private static final class Work implements Runnable {
    private final Lane lane;
    private final FakeService service;
    private final WireClient client;
    private final CompletableFuture<Integer> turnsUntilRead = new CompletableFuture<>();
    private int before;
    private int turns;

    Work(Lane lane, FakeService service, WireClient client) {
      this.lane = lane;
      this.service = service;
      this.client = client;
    }

    @Override
    public void run() {
      if (turns++ == 0) {
        before = service.requests.get();
        try {
          client.send(1, QUERY);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      } else if (service.requests.get() > before || turns > 1_000 * MOST_TURNS) {
        turnsUntilRead.complete(turns);
        return;
      }
      lane.continueLater(this);
    }
  }
}

package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More than a lane can do, by one client, while another one wants little. */
class OverloadTest {
  private static final int FLOOD = 8_000;
  private static final int WORK_MICROS = 100;

  private final Lanes lanes = new Lanes(1, 1);
  private final FakeService service = new FakeService(lanes);
  private CqlListener listener;
  private InetSocketAddress address;

  @BeforeEach
  void listen() throws IOException {
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
    listener = new CqlListener(lanes, clock, ConnectionLimits.defaults(), service, "3.4.7", null);
    address = listener.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() {
    listener.close();
    lanes.close();
  }

  private static Request query(String text) {
    return new Request.Query(text, QueryParameters.of(Consistency.ONE));
  }

  /** Keeps thousands of requests under way; completes with what was done, refused. */
  private CompletableFuture<int[]> flood(AtomicBoolean isOver) {
    CompletableFuture<int[]> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              int[] counts = new int[2];
              try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
                Request[] requests = new Request[FLOOD];
                Arrays.fill(requests, query("work " + WORK_MICROS));
                client.send(0, requests);
                int underWay = FLOOD;
                while (underWay > 0) {
                  var answer = client.receive();
                  if (answer.message() instanceof Response.Error error) {
                    assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED);
                    counts[1]++;
                  } else {
                    counts[0]++;
                  }
                  if (isOver.get()) {
                    underWay--;
                  } else {
                    client.send(answer.stream(), requests[0]);
                  }
                }
                done.complete(counts);
              } catch (IOException | RuntimeException | AssertionError e) {
                done.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  @Test
  void whoWantsLittleIsServedWhileAnotherIsRefused() throws IOException {
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<int[]> flood = flood(isOver);
    long[] nanos = new long[100];
    try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
      // It takes a while until the lane is known to lag.
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < 1_000_000_000L) {
        assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
      }
      for (int i = 0; i < nanos.length; i++) {
        long before = System.nanoTime();
        assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
        nanos[i] = System.nanoTime() - before;
      }
    }
    isOver.set(true);
    int[] counts = flood.join();
    Arrays.sort(nanos);
    assertThat(counts[1]).as("refused").isPositive().isEqualTo(service.refused.get());
    assertThat(nanos[nanos.length / 2])
        .as("half of the answers; all that the other sends would take %d ms", FLOOD / 10)
        .isLessThan(FLOOD * WORK_MICROS * 1_000L / 4);
  }
}

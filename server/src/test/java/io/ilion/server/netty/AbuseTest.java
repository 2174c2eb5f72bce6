package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Result;
import io.ilion.runtime.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that misbehave, and a client that does not, all on one node. */
class AbuseTest {
  private static final int MAX_FRAME = 1 << 16;
  private final Lanes lanes = new Lanes(2, 1);
  private final FakeService service = new FakeService(lanes);
  private CqlListener listener;

  private InetSocketAddress listen(long requestBytes) throws IOException {
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
    ConnectionLimits limits =
        new ConnectionLimits(
            MAX_FRAME,
            1_000,
            1_000,
            32_768,
            requestBytes,
            1 << 20,
            1 << 20,
            8 << 20,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ZERO);
    listener = new CqlListener(lanes, clock, limits, service, "3.4.7", null);
    return listener.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() {
    listener.close();
    lanes.close();
  }

  private static Request query(String text, List<byte[]> values) {
    return new Request.Query(text, QueryParameters.of(Consistency.ONE, BoundValues.of(values)));
  }

  /** Frames that are damaged in a few places, thousands of them, while another client is served. */
  @Test
  void damagedFrames() throws IOException {
    InetSocketAddress address = listen(8 << 20);
    int frames = Integer.getInteger("ilion.abuse.frames", 5_000);
    long seed = Long.getLong("ilion.abuse.seed", 1);
    Random random = new Random(seed);
    try (WireClient good = new WireClient(address, ProtocolVersion.V5).ready()) {
      int sent = 0;
      while (sent < frames) {
        ProtocolVersion version = ProtocolVersion.values()[random.nextInt(3)];
        try (WireClient bad = new WireClient(address, version)) {
          if (random.nextInt(4) != 0) {
            bad.startUp(random.nextBoolean() ? Map.of("COMPRESSION", "lz4") : Map.of());
          }
          int together = 1 + random.nextInt(100);
          for (int i = 0; i < together; i++, sent++) {
            if (random.nextInt(3) == 0) {
              bad.sendRaw(damaged(version, random));
            } else {
              bad.sendEnvelopes(lyingNowhere(damaged(version, random)));
            }
          }
        } catch (IOException e) {
          // The server has closed the connection of this one, as it may.
          assertThat(e).isInstanceOf(IOException.class);
        }
        assertThat(good.ask(1, query("here", List.of())))
            .as("seed %d", seed)
            .isEqualTo(new Result.Void());
      }
    }
  }

  private static byte[] damaged(ProtocolVersion version, Random random) {
    ByteBuf out = Unpooled.buffer();
    byte[] value = new byte[random.nextInt(50)];
    random.nextBytes(value);
    RequestCodec.encode(
        new RequestEnvelope(
            version,
            random.nextInt(100),
            random.nextBoolean(),
            null,
            query("here", Arrays.asList(value, null)),
            0),
        out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    for (int i = random.nextInt(4); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return random.nextInt(5) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  /** Makes the length in the header true, so that a client's own framing can carry the frame. */
  private static ByteBuf lyingNowhere(byte[] frame) {
    byte[] bytes = frame.length < 9 ? Arrays.copyOf(frame, 9) : frame;
    return Unpooled.wrappedBuffer(bytes).setInt(5, bytes.length - 9);
  }

  /** Many connections that announce a great frame and never send it cost next to nothing. */
  @Test
  void halfFramesOfManyConnections() throws IOException {
    InetSocketAddress address = listen(8 << 20);
    WireClient[] clients = new WireClient[300];
    try {
      for (int i = 0; i < clients.length; i++) {
        clients[i] = new WireClient(address, ProtocolVersion.V4);
        clients[i].sendRaw(new byte[] {4, 0, 0, 1, 7, 0, 0, (byte) 0xF0, 0, 0, 0, 0});
      }
      try (WireClient good = new WireClient(address, ProtocolVersion.V4).ready()) {
        assertThat(good.ask(1, query("here", List.of()))).isEqualTo(new Result.Void());
      }
      assertThat(listener.clients().size()).isGreaterThanOrEqualTo(clients.length);
    } finally {
      for (WireClient client : clients) {
        if (client != null) {
          client.close();
        }
      }
    }
  }

  /** When all clients together have too much under way, they wait for one another. */
  @Test
  void theNodeWorksOnSoManyBytesAtOnce() throws IOException {
    InetSocketAddress address = listen(256 << 10);
    int clients = 4;
    int each = 200;
    WireClient[] all = new WireClient[clients];
    Request[] requests = new Request[each];
    Arrays.fill(requests, query("hold", List.of(new byte[5_000])));
    try {
      for (int i = 0; i < clients; i++) {
        all[i] = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient client = all[i];
        lanes
            .background()
            .execute(
                () -> {
                  try {
                    client.send(0, requests);
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
      }
      int answered = 0;
      long end = System.nanoTime() + 20_000_000_000L;
      while (answered < clients * each) {
        assertThat(service.held.size()).isLessThan(200);
        answered += service.answerHeld();
        assertThat(System.nanoTime()).as("answered %d", answered).isLessThan(end);
        Thread.onSpinWait();
      }
      for (WireClient client : all) {
        for (int i = 0; i < each; i++) {
          assertThat(client.receive().message()).isEqualTo(new Result.Void());
        }
      }
    } finally {
      for (WireClient client : all) {
        if (client != null) {
          client.close();
        }
      }
    }
  }
}

package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.server.http.HttpAnswer;
import io.ilion.server.http.HttpCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpListenerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final int MILLIS_OF_A_TEST = 20_000;

  private HttpListener listener;

  private CompletionStage<HttpAnswer> answer(HttpCall call) {
    return switch (call.path()) {
      case "/never" -> new CompletableFuture<>();
      case "/throws" -> throw new IllegalStateException("it cannot");
      case "/fails" -> CompletableFuture.failedFuture(new IllegalStateException("it cannot"));
      default ->
          CompletableFuture.completedFuture(
              new HttpAnswer(
                  200,
                  "text/plain",
                  (call.method()
                          + " "
                          + call.path()
                          + " "
                          + call.query()
                          + " "
                          + call.body().length)
                      .getBytes(StandardCharsets.UTF_8),
                  Map.of()));
    };
  }

  @BeforeEach
  void listen() throws IOException {
    listen(new HttpLimits(4, 1_000, LONG, LONG, LONG, LONG, SHORT));
  }

  private void listen(HttpLimits limits) throws IOException {
    close();
    listener =
        HttpListener.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), this::answer, limits);
  }

  @AfterEach
  void close() {
    if (listener != null) {
      listener.close();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(MILLIS_OF_A_TEST);
    socket.connect(listener.address(), MILLIS_OF_A_TEST);
    return socket;
  }

  /** All that comes until the server closes. */
  private String conversation(String sent) throws IOException {
    try (Socket socket = connect()) {
      write(socket, sent);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Test
  void requestsOfOneConnectionAreAnsweredInTurn() throws IOException {
    String got =
        conversation(
            "GET /a?x=1&x=2&y=%20z HTTP/1.1\r\nHost: h\r\n\r\n"
                + "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
                + "HEAD /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assertThat(got.split("HTTP/1.1 200 OK")).hasSize(5);
    assertThat(got)
        .containsSubsequence(
            "GET /a {x=2, y= z} 0", "POST /b {} 3", "POST /c {} 3", "content-length: 12")
        .doesNotContain("HEAD /d");
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n', 400",
    "'GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n', 400",
    "'GET / HTTP/9.9.9\r\n\r\n', 400",
    "'\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', 400",
    "'GET /%zz HTTP/1.1\r\n\r\n', 400",
    "'POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n', 413",
    "'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n', 400",
    "'GET /throws HTTP/1.0\r\n\r\n', 500",
    "'GET /fails HTTP/1.0\r\n\r\n', 500",
  })
  void whatIsWrongIsAnsweredAndEndsTheConnection(String sent, int status) throws IOException {
    assertThat(conversation(sent)).startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void whatIsTooLongIsRefused() throws IOException {
    assertThat(conversation("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n"))
        .startsWith("HTTP/1.1 414");
    assertThat(conversation("GET / HTTP/1.1\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431");
    assertThat(
            conversation(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "400\r\n"
                    + "a".repeat(1_024)
                    + "\r\n"))
        .startsWith("HTTP/1.1 413");
  }

  @Test
  void whoSaysNothingOrTooSlowlyIsDisconnected() throws IOException {
    listen(new HttpLimits(4, 1_000, SHORT, SHORT, SHORT, SHORT, SHORT));
    assertThat(conversation("")).isEmpty();
    assertThat(conversation("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab")).isEmpty();
    assertThat(conversation("GET / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200");
    assertThat(conversation("GET /never HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 504");
  }

  @Test
  void connectionsAreBoundedAndRoomIsThereAgainAfterwards() throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Socket socket = connect();
      open.add(socket);
      write(socket, "GET / HTTP/1.1\r\n\r\n");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }
    try (Socket refused = connect()) {
      assertThat(end(refused.getInputStream())).isTrue();
    }
    for (Socket socket : open) {
      socket.close();
    }
    for (int i = 0; ; i++) {
      if (!conversation("GET / HTTP/1.0\r\n\r\n").isEmpty()) {
        break;
      }
      assertThat(i).as("tries").isLessThan(10_000);
    }
  }

  private static boolean end(InputStream in) throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void garbageHarmsNobody() throws IOException {
    listen(new HttpLimits(64, 1_000, SHORT, SHORT, SHORT, SHORT, SHORT));
    long seed = 7;
    Random random = new Random(seed);
    String valid = "POST /b?c=d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    for (int round = 0; round < 200; round++) {
      byte[] bytes;
      if (random.nextBoolean()) {
        bytes = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(bytes);
      } else {
        bytes = valid.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 3; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      }
      try (Socket socket = connect()) {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      } catch (SocketException e) {
        // Being disconnected is a fine answer to garbage.
        assertThat(e).isNotNull();
      }
      if (round % 20 == 0) {
        assertThat(conversation("GET /fine HTTP/1.0\r\n\r\n"))
            .as("seed %d, round %d", seed, round)
            .contains("GET /fine");
      }
    }
  }

  @Test
  void anAddressThatIsTakenIsSaid() {
    assertThatThrownBy(() -> HttpListener.listen(listener.address(), this::answer))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot listen for HTTP on 127.0.0.1:")
        .hasMessageContaining("http_port");
  }
}

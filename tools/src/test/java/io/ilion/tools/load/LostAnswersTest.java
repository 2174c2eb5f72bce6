package io.ilion.tools.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.tools.TestNode;
import io.ilion.tools.console.Progress;
import io.ilion.tools.load.mapping.Mapping;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Loads whose writes are done, and nobody hears of it, and loads of a cluster that has too much to
 * do: what failed is sent again.
 */
class LostAnswersTest {
  private static final int BATCH = 0x0D;
  private static final int OPTIONS = 0x05;
  private static final byte ERROR = 0x00;
  private static final byte SUPPORTED = 0x06;
  private static final short QUORUM = 0x0004;

  /** What a server says that has no time for a write. */
  private enum Trouble {
    OVERLOADED(0x1001, new byte[0]),
    UNAVAILABLE(0x1000, ByteBuffer.allocate(10).putShort(QUORUM).putInt(2).putInt(1).array()),
    WRITE_TIMEOUT(
        0x1100,
        ByteBuffer.allocate(18)
            .putShort(QUORUM)
            .putInt(1)
            .putInt(2)
            .putShort((short) 6)
            .put("SIMPLE".getBytes(StandardCharsets.US_ASCII))
            .array());

    private final byte[] body;

    Trouble(int code, byte[] details) {
      byte[] message = "there is trouble".getBytes(StandardCharsets.US_ASCII);
      body =
          ByteBuffer.allocate(6 + message.length + details.length)
              .putInt(code)
              .putShort((short) message.length)
              .put(message)
              .put(details)
              .array();
    }
  }

  @TempDir private Path folder;

  private TestNode node;
  private ServerSocket front;
  private Session session;

  /** So many connections end instead of giving the answer to a batch. */
  private final AtomicInteger toLose = new AtomicInteger();

  /** So many batches have an error for their answer, and are not done. */
  private final AtomicInteger toRefuse = new AtomicInteger();

  private volatile Trouble trouble;

  @BeforeEach
  void start() throws IOException {
    node = TestNode.start(folder.resolve("data"));
    node.query("CREATE TABLE ks.lists (id int PRIMARY KEY, v list<int>, f frozen<list<int>>)");
    front = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", front.getLocalPort());
    Thread.ofVirtual().start(this::accept);
    session =
        Session.builder()
            .contactPoint(address)
            .addressTranslator(any -> address)
            .protocolVersion(ProtocolVersion.V4)
            .connect();
  }

  @AfterEach
  void stop() throws IOException {
    session.close();
    front.close();
    node.close();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = front.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // It was closed.
      return;
    }
  }

  private void serve(Socket client) {
    InetSocketAddress address = node.nativeAddress();
    try (client;
        Socket server = new Socket(address.getAddress(), address.getPort())) {
      DataInputStream fromClient = new DataInputStream(client.getInputStream());
      DataOutputStream toClient = new DataOutputStream(client.getOutputStream());
      DataInputStream fromServer = new DataInputStream(server.getInputStream());
      DataOutputStream toServer = new DataOutputStream(server.getOutputStream());
      AtomicInteger lost = new AtomicInteger(-1);
      Thread.ofVirtual()
          .start(
              () -> {
                try (client) {
                  for (byte[] answer; (answer = envelope(fromServer)) != null; ) {
                    if (stream(answer) == lost.get()) {
                      return;
                    }
                    toClient.write(answer);
                  }
                } catch (IOException e) {
                  // One of both has gone: so does the other.
                  return;
                }
              });
      for (byte[] request; (request = envelope(fromClient)) != null; ) {
        if (request[4] == OPTIONS) {
          // The node's own options name a port of lanes, by which a client would pass us by.
          toClient.write(answer(request, SUPPORTED, new byte[2]));
          continue;
        }
        if (request[4] == BATCH && toRefuse.getAndDecrement() > 0) {
          toClient.write(answer(request, ERROR, trouble.body));
          continue;
        }
        if (request[4] == BATCH && lost.get() < 0 && toLose.getAndDecrement() > 0) {
          lost.set(stream(request));
        }
        toServer.write(request);
      }
    } catch (IOException e) {
      // One of both has gone.
      return;
    }
  }

  private static byte[] answer(byte[] request, byte opcode, byte[] body) {
    return ByteBuffer.allocate(9 + body.length)
        .put((byte) 0x84)
        .put((byte) 0)
        .putShort((short) stream(request))
        .put(opcode)
        .putInt(body.length)
        .put(body)
        .array();
  }

  private static int stream(byte[] envelope) {
    return ByteBuffer.wrap(envelope).getShort(2);
  }

  /** Header and body; null at the end. */
  private static byte[] envelope(DataInputStream in) throws IOException {
    byte[] header = in.readNBytes(9);
    if (header.length < 9) {
      return null;
    }
    byte[] body = in.readNBytes(ByteBuffer.wrap(header).getInt(5));
    return ByteBuffer.allocate(9 + body.length).put(header).put(body).array();
  }

  private LoadSummary load(LoadOptions options) throws Exception {
    StringBuilder csv = new StringBuilder("a,b,c,d\n");
    for (int i = 0; i < 40; i++) {
      csv.append(i).append(",\"[1, 2]\",\"[3]\",").append(1000 + i).append('\n');
    }
    Path file = Files.writeString(folder.resolve("lists.csv"), csv.toString());
    return new BulkLoad(
            session,
            options
                .table("ks", "lists")
                .inputs(List.of(file.toString()))
                .format(LoadOptions.Format.CSV)
                .batching(LoadOptions.Batching.REPLICAS, 10, 10_000),
            Progress.none())
        .run();
  }

  private long withList(String column, String value) {
    return node.query("SELECT " + column + " FROM ks.lists").stream()
        .filter(row -> row.getList(column, Integer.class).toString().equals(value))
        .count();
  }

  @ParameterizedTest
  @EnumSource
  void aClusterThatHasTooMuchToDoIsGivenLess(Trouble kind) throws Exception {
    trouble = kind;
    toRefuse.set(3);
    LoadSummary summary =
        load(new LoadOptions().mapping(Mapping.parse("0=id, 1=v, 2=f")).fieldCount(true, false));
    assertThat(summary.rows()).isEqualTo(40);
    assertThat(summary.bad()).isZero();
    assertThat(summary.retries()).isEqualTo(3);
    assertThat(summary.notes())
        .anyMatch(note -> note.matches("the cluster had too much.* down to (16|8|4) requests .*"))
        .anyMatch(note -> note.contains("tried again: there is trouble"));
    assertThat(withList("v", "[1, 2]")).isEqualTo(40);
  }

  @Test
  void whatIsTriedTooOftenIsBad() throws Exception {
    trouble = Trouble.OVERLOADED;
    toRefuse.set(2);
    LoadSummary summary =
        load(
            new LoadOptions()
                .mapping(Mapping.parse("0=id, 1=v, 2=f"))
                .fieldCount(true, false)
                .requests(1, 2));
    assertThat(summary.status()).isEqualTo("completed with errors");
    assertThat(summary.rows() + summary.bad()).isEqualTo(40);
    assertThat(summary.bad()).isBetween(1L, 10L);
    assertThat(summary.lines().toString()).contains("tried 2 times: there is trouble");
    assertThat(withList("v", "[1, 2]")).isEqualTo(summary.rows());
  }

  @Test
  void aListIsThereOnceHoweverOftenItWasSent() throws Exception {
    toLose.set(2);
    LoadSummary summary =
        load(new LoadOptions().mapping(Mapping.parse("0=id, 1=v, 2=f")).fieldCount(true, false));
    assertThat(summary.rows()).isEqualTo(40);
    assertThat(summary.notes()).noneMatch(note -> note.contains("too much"));
    assertThat(summary.bad()).isZero();
    assertThat(toLose).hasNonPositiveValue();
    assertThat(withList("v", "[1, 2]")).isEqualTo(40);
    assertThat(withList("f", "[3]")).isEqualTo(40);
  }

  @Test
  void listsWithTimesOfTheirOwnAreNotSentAgain() throws Exception {
    toLose.set(2);
    LoadSummary summary =
        load(new LoadOptions().mapping(Mapping.parse("0=id, 1=v, 2=f, 3=__timestamp")));
    assertThat(summary.bad()).isPositive();
    assertThat(summary.lines().toString()).contains("not known whether it was done");
    assertThat(withList("v", "[1, 2]")).isEqualTo(40);
  }
}

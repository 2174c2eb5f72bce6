package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * More connections, requests and bytes than there is room for, and clients that take their time.
 */
class TooMuchTest extends HostileTest {
  private static final int MOST_CONNECTIONS = 160;
  private static final String OVERLOADED_MESSAGE =
      "Server is in overloaded state. Cannot accept more requests at this point";
  private static final int ROWS = 64;

  private final List<Peer> peers = new ArrayList<>();

  @Override
  String[] options() {
    return new String[] {
      "--native-transport-max-concurrent-connections",
      Integer.toString(MOST_CONNECTIONS),
      "--native-transport-max-request-data-in-flight",
      "8MiB",
      "--native-transport-receive-timeout",
      "2s"
    };
  }

  @BeforeAll
  void load() throws IOException {
    String megabyte = "x".repeat(1 << 20);
    try (Peer peer = peer()) {
      peer.demand(
          Frame.query("CREATE TABLE witness.long (k int, c int, v text, PRIMARY KEY (k, c))"),
          Frame.RESULT);
      for (int k = 0; k < ROWS; k++) {
        peer.demand(
            Frame.query("INSERT INTO witness.wide (k, v) VALUES (" + k + ", '" + megabyte + "')"),
            Frame.RESULT);
        peer.demand(
            Frame.query(
                "INSERT INTO witness.long (k, c, v) VALUES (1, " + k + ", '" + megabyte + "')"),
            Frame.RESULT);
      }
    }
  }

  private Peer more(String... startup) throws IOException {
    Peer peer = peer(startup);
    peers.add(peer);
    return peer;
  }

  @AfterEach
  void closeAll() throws IOException {
    for (Peer peer : peers) {
      peer.close();
    }
    peers.clear();
  }

  @Test
  void connectionsBeyondTheLimitAreClosed() throws IOException {
    int refused = 0;
    for (int i = 0; i < MOST_CONNECTIONS + 40; i++) {
      Peer peer = Peer.open(node().address());
      peers.add(peer);
      Peer.Answer answer = peer.ask(Frame.startup());
      assertThat(answer == null || answer.opcode() == Frame.READY).isTrue();
      refused += answer == null ? 1 : 0;
    }
    // The witness has one too.
    assertThat(refused).isEqualTo(41);
    long served = node().witness().served();
    while (node().witness().served() < served + 10) {
      Thread.onSpinWait();
    }
    closeAll();
    Peer.Answer answer = null;
    long end = System.nanoTime() + 20_000_000_000L;
    while (answer == null && System.nanoTime() < end) {
      try (Peer peer = Peer.open(node().address())) {
        answer = peer.ask(Frame.startup());
      }
    }
    assertThat(answer).as("an answer once the others are gone").isNotNull();
  }

  @Test
  void requestsBeyondTheLimitAreRefusedOrWait() throws IOException {
    byte[] request =
        Frame.query(
            "SELECT k FROM witness.t WHERE k = ? /*" + " ".repeat(60_000) + "*/", new byte[4]);
    // Of more than this, admission control refuses some wherever the machine is busy.
    int requests = 250;
    for (String[] startup : new String[][] {{}, {"THROW_ON_OVERLOAD", "1"}}) {
      try (Peer peer = peer(startup)) {
        Thread sender = Thread.ofPlatform().start(() -> send(peer, request, requests));
        int served = 0;
        for (int i = 0; i < requests; i++) {
          Peer.Answer answer = peer.read();
          assertThat(answer).as("answer %d", i).isNotNull();
          if (answer.opcode() == Frame.RESULT) {
            served++;
          } else {
            assertThat(answer.message()).isEqualTo(OVERLOADED_MESSAGE);
            assertThat(answer.errorCode()).isEqualTo(OVERLOADED);
          }
        }
        join(sender);
        assertThat(served).isPositive();
        if (startup.length == 0) {
          assertThat(served).isEqualTo(requests);
        }
        peer.demand(Frame.options(), Frame.SUPPORTED);
      }
    }
  }

  private static void send(Peer peer, byte[] request, int times) {
    try {
      for (int i = 0; i < times; i++) {
        peer.send(request);
      }
    } catch (IOException e) {
      // The reader finds the connection closed too, and says so.
      Thread.currentThread().interrupt();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Together they would hold twice the memory of the node. */
  @Test
  void largeFramesThatStopShortOfTheirEnd() throws IOException {
    byte[] most = Frame.withLength(4, 0, 1, Frame.QUERY, 15 << 20, new byte[15 << 20]);
    int length = most.length - 1;
    int closed = 0;
    for (int i = 0; i < 100; i++) {
      try {
        more().send(Arrays.copyOf(most, length));
      } catch (SocketException e) {
        closed++;
      }
      if (i % 20 == 0) {
        node().demandMemory();
      }
    }
    node().demandHealth();
    for (Peer peer : peers) {
      // All are closed: to make room for others, or because the rest of the frame never came.
      assertThat(peer.read()).isNull();
    }
    assertThat(closed).isLessThan(100);
  }

  /** Frames of some 12 KB that are a statement of 3 MB each: together more than the node has. */
  @Test
  void manyFramesThatSwell() throws IOException {
    byte[] bomb = Frame.of(4, Frame.COMPRESSED, 1, Frame.QUERY, swelling(3 << 20));
    assertThat(bomb.length).isLessThan(13_000);
    for (int i = 0; i < 150; i++) {
      more("COMPRESSION", "lz4").send(bomb);
    }
    node().demandMemory();
    int served = 0;
    for (Peer peer : peers) {
      Peer.Answer answer = peer.read();
      assertThat(answer).isNotNull();
      if (answer.opcode() == Frame.RESULT) {
        served++;
      } else {
        assertThat(answer.errorCode()).isEqualTo(OVERLOADED);
      }
    }
    assertThat(served).isPositive();
    node().demandMemory();
    node().demandHealth();
  }

  /**
   * A query with a comment of spaces, compressed by hand: what comes before the second space is one
   * run of literals, the spaces are one match, and what follows is the last run.
   */
  private static byte[] swelling(int spaces) {
    String head = "SELECT k FROM witness.t WHERE k = 1 /* ";
    byte[] tail = Frame.bytes(out -> out.write(new byte[] {'x', '*', '/', 0, Frame.ONE, 0}));
    int statement = head.length() + spaces + 3;
    return Frame.bytes(
        out -> {
          out.writeInt(4 + statement + 3);
          lengths(out, 4 + head.length(), 15);
          out.writeInt(statement);
          out.writeBytes(head);
          out.writeShort(0x0100);
          extra(out, spaces - 4 - 15);
          out.writeByte(tail.length << 4);
          out.write(tail);
        });
  }

  /**
   * The token of a run of literals and a match that is as long as its nibble can say, or longer.
   */
  private static void lengths(DataOutputStream out, int literals, int match) throws IOException {
    out.writeByte(0xf0 | match);
    extra(out, literals - 15);
  }

  private static void extra(DataOutputStream out, int length) throws IOException {
    for (int rest = length; ; rest -= 255) {
      out.writeByte(Math.min(rest, 255));
      if (rest < 255) {
        return;
      }
    }
  }

  /**
   * Each asks for all rows again and again, and takes none of the answers. Who asks for little is
   * served all the while, also when there is no room for another large result.
   */
  @Test
  void slowReaders() throws IOException {
    byte[] request = Frame.query("SELECT * FROM witness.wide");
    byte[] little = Frame.query("SELECT key FROM system.local");
    Peer modest = more();
    for (int i = 0; i < 40; i++) {
      modest.demand(little, Frame.RESULT);
      Peer peer = more();
      for (int j = 0; j < 20; j++) {
        try {
          peer.send(request);
        } catch (SocketException e) {
          break;
        }
      }
    }
    node().demandMemory();
    node().demandHealth();
    for (Peer peer : peers) {
      assertThat(peer.sendAndDrain(new byte[0])).as("closed in the end").isTrue();
    }
  }

  /** Each sends a byte now and then, and never the last one. */
  @Test
  void slowWriters() throws IOException {
    byte[] frame = Frame.query("SELECT * FROM witness.t");
    for (int i = 0; i < 100; i++) {
      more();
    }
    for (int at = 0; at < frame.length - 1; at++) {
      for (Peer peer : peers) {
        peer.send(new byte[] {frame[at]});
      }
    }
    node().demandHealth();
    for (Peer peer : peers) {
      assertThat(peer.read()).as("closed when it has taken too long").isNull();
    }
  }

  /** A result without pages may be so large. */
  @Test
  void resultsThatAreTooLarge() throws IOException {
    try (Peer peer = peer()) {
      for (String cql :
          List.of("SELECT * FROM witness.wide", "SELECT c, v FROM witness.long WHERE k = 1")) {
        Peer.Answer answer = peer.ask(Frame.query(cql));
        assertThat(answer.errorCode()).as(cql).isEqualTo(0x1300);
        assertThat(answer.message())
            .startsWith("Operation failed - received 0 responses and 1 failures: READ_SIZE from /");
      }
    }
  }

  /** Pages have fewer rows than were asked for if those are large, and all rows come. */
  @Test
  void pagesOfLargeRows() throws IOException {
    try (Peer peer = peer()) {
      pages(peer, "SELECT k, v FROM witness.wide");
      pages(peer, "SELECT c, v FROM witness.long WHERE k = 1");
      pages(peer, "SELECT c, v FROM witness.long WHERE k = 1 ORDER BY c DESC");
      pages(peer, "SELECT c, v FROM witness.long WHERE k IN (0, 1) AND c >= 0");
    }
  }

  private static void pages(Peer peer, String cql) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    byte[] state = null;
    int pages = 0;
    do {
      byte[] from = state;
      Peer.Answer page =
          peer.ask(
              Frame.of(
                  Frame.QUERY,
                  out -> {
                    Frame.longString(out, cql);
                    out.writeShort(Frame.ONE);
                    out.writeByte(from == null ? 0x06 : 0x0e);
                    out.writeInt(5000);
                    if (from != null) {
                      out.writeInt(from.length);
                      out.write(from);
                    }
                  }));
      assertThat(page.opcode()).as("%s: %s", cql, page).isEqualTo(Frame.RESULT);
      assertThat(page.body().length).isLessThan(16 << 20);
      ByteBuffer body = ByteBuffer.wrap(page.body());
      int flags = body.getInt(4);
      body.position(12);
      state = null;
      if ((flags & 2) != 0) {
        state = new byte[body.getInt()];
        body.get(state);
      }
      for (int rows = body.getInt(); rows > 0; rows--) {
        body.getInt();
        numbers.add(body.getInt());
        int length = body.getInt();
        assertThat(length).isEqualTo(1 << 20);
        body.position(body.position() + length);
      }
      pages++;
    } while (state != null);
    assertThat(numbers).as(cql).hasSize(ROWS).doesNotHaveDuplicates();
    assertThat(pages).as(cql).isGreaterThan(2);
  }
}

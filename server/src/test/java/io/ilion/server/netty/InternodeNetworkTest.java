package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InternodeNetworkTest {
  private static final String HOST = "127.0.0.1";
  static final int LANES = 3;

  /** A node with nothing but a network; the first byte of a message names its lane. */
  static final class Peer implements Network.Receiver, AutoCloseable {
    record Arrived(NodeAddress from, byte[] message, int lane) {}

    final Lanes lanes;
    final InternodeNetwork network;
    final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    final BlockingQueue<NodeAddress> connected = new LinkedBlockingQueue<>();
    final BlockingQueue<NodeAddress> disconnected = new LinkedBlockingQueue<>();

    Peer(String cluster, int port, boolean epoll) throws IOException {
      this(HOST, cluster, port, epoll, null);
    }

    Peer(String host, String cluster, int port, boolean epoll, InternodeTls tls)
        throws IOException {
      lanes = new Lanes(LANES, 1, epoll);
      network =
          new InternodeNetwork(
              lanes,
              host,
              new InetSocketAddress(host, port),
              cluster,
              tls,
              new PeerLimits(96 << 20, 6 << 20, 1 << 20));
      network.listen(this);
    }

    Peer() throws IOException {
      this("one", 0, true);
    }

    NodeAddress address() {
      return network.self();
    }

    void send(int lane, NodeAddress to, byte[] message) {
      lanes.lane(lane).execute(() -> network.send(to, message));
    }

    Arrived next() throws InterruptedException {
      Arrived next = arrived.poll(10, TimeUnit.SECONDS);
      assertThat(next).isNotNull();
      return next;
    }

    @Override
    public int lane(NodeAddress from, byte[] message) {
      return Math.floorMod(message[0], LANES);
    }

    @Override
    public void message(NodeAddress from, byte[] message) {
      arrived.add(new Arrived(from, message, Lanes.current()));
    }

    @Override
    public void connected(NodeAddress peer) {
      connected.add(peer);
    }

    @Override
    public void disconnected(NodeAddress peer) {
      disconnected.add(peer);
    }

    @Override
    public void close() {
      network.close();
      lanes.close();
    }
  }

  static byte[] message(int lane, int number, int length) {
    byte[] message = new byte[Math.max(5, length)];
    Arrays.fill(message, (byte) number);
    return ByteBuffer.wrap(message).put((byte) lane).putInt(number).array();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messagesArriveWholeOnceOnTheirLaneAndInOrder(boolean epoll) throws Exception {
    try (Peer one = new Peer("one", 0, epoll);
        Peer two = new Peer("one", 0, epoll)) {
      Random random = new Random(7);
      int count = 3_000;
      int[] lengths = new int[count];
      for (int i = 0; i < count; i++) {
        lengths[i] = random.nextInt(i % 100 == 0 ? 1_000_000 : 600);
        one.send(i % LANES, two.address(), message(i % 2, i, lengths[i]));
      }
      int[] last = {-1, -1, -1};
      for (int i = 0; i < count; i++) {
        Peer.Arrived next = two.next();
        int number = ByteBuffer.wrap(next.message).getInt(1);
        assertThat(next.message).isEqualTo(message(number % 2, number, lengths[number]));
        assertThat(next.from).isEqualTo(one.address());
        assertThat(next.lane).isEqualTo(number % 2);
        if (number % 2 == number % LANES) {
          assertThat(last[number % LANES]).isLessThan(number);
          last[number % LANES] = number;
        }
      }
      assertThat(one.connected.poll(10, TimeUnit.SECONDS)).isEqualTo(two.address());
      assertThat(two.arrived).isEmpty();
      assertThat(one.disconnected).isEmpty();
    }
  }

  @Test
  void theLargestMessageArrivesAndALargerOneIsRefused() throws Exception {
    try (Peer one = new Peer();
        Peer two = new Peer()) {
      one.send(1, two.address(), message(2, 1, Network.MAX_MESSAGE_BYTES));
      assertThat(two.next().message).hasSize(Network.MAX_MESSAGE_BYTES);
      assertThatThrownBy(
              () -> one.network.send(two.address(), new byte[Network.MAX_MESSAGE_BYTES + 1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aThreadThatIsNoLaneMaySend() throws Exception {
    try (Peer one = new Peer();
        Peer two = new Peer()) {
      one.network.send(two.address(), message(2, 1, 10));
      assertThat(two.next().lane).isEqualTo(2);
    }
  }

  @Test
  void whoCannotBeReachedIsSaidToBeDisconnectedAndTriedAgain() throws Exception {
    try (Peer one = new Peer()) {
      NodeAddress address;
      try (Peer two = new Peer()) {
        address = two.address();
        one.send(0, address, message(0, 1, 10));
        two.next();
      }
      assertThat(one.disconnected.poll(10, TimeUnit.SECONDS)).isEqualTo(address);
      one.send(0, address, message(0, 2, 10));
      assertThat(one.disconnected.poll(10, TimeUnit.SECONDS)).isEqualTo(address);
      try (Peer again = new Peer("one", address.port(), true)) {
        one.send(0, address, message(0, 3, 10));
        byte[] next = again.next().message;
        assertThat(ByteBuffer.wrap(next).getInt(1)).isEqualTo(3);
      }
    }
  }

  @Test
  void aNodeOfAnotherClusterIsRefused() throws Exception {
    try (Peer one = new Peer("one", 0, true);
        Peer two = new Peer("two", 0, true)) {
      one.send(0, two.address(), message(0, 1, 10));
      assertThat(one.disconnected.poll(10, TimeUnit.SECONDS)).isEqualTo(two.address());
      assertThat(one.connected).isEmpty();
      assertThat(two.arrived).isEmpty();
    }
  }

  @Test
  void framesArriveWholeWhereverTheyAreCut() throws Exception {
    int seed = 11;
    Random random = new Random(seed);
    int count = 1_500;
    int[] lengths = new int[count];
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      lengths[i] = random.nextInt(i % 50 == 0 ? 60_000 : i % 3 == 0 ? 2_000 : 20);
      frames.write(wholeFrame(message(1, i, lengths[i])));
    }
    try (Peer two = new Peer();
        Socket socket = new Socket(HOST, two.address().port())) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(hello(1));
      socket.getInputStream().readNBytes(InternodeHandshake.WELCOME_BYTES);
      byte[] bytes = frames.toByteArray();
      for (int at = 0; at < bytes.length; ) {
        int piece = random.nextInt(random.nextInt(4) == 0 ? 40_000 : 30) + 1;
        int end = Math.min(bytes.length, at + piece);
        socket.getOutputStream().write(bytes, at, end - at);
        at = end;
      }
      for (int i = 0; i < count; i++) {
        assertThat(two.next().message)
            .as("message %d, seed %d", i, seed)
            .isEqualTo(message(1, i, lengths[i]));
      }
      assertThat(two.arrived).isEmpty();
    }
  }

  private static byte[] wholeFrame(byte[] message) {
    return ByteBuffer.allocate(InternodeHandshake.FRAME_HEADER + message.length)
        .putInt(message.length)
        .putInt(InternodeHandshake.checksum(new CRC32C(), message))
        .put(message)
        .array();
  }

  @Test
  void hostileBytesEndTheirConnectionAndNothingElse() throws Exception {
    try (Peer one = new Peer();
        Peer two = new Peer()) {
      Random random = new Random(3);
      for (int i = 0; i < 90; i++) {
        try (Socket socket = new Socket(HOST, two.address().port())) {
          socket.setSoTimeout(10_000);
          byte[] bytes = hello(i);
          if (i % 3 == 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
          } else {
            socket.getOutputStream().write(bytes);
            socket.getInputStream().readNBytes(InternodeHandshake.WELCOME_BYTES);
            socket.getOutputStream().write(frame(random, i));
          }
          assertThat(isClosed(socket)).as("connection %d", i).isTrue();
        }
      }
      assertThat(two.arrived).isEmpty();
      one.send(0, two.address(), message(0, 1, 10));
      two.next();
    }
  }

  static byte[] hello(int lane) {
    ByteBuf hello =
        InternodeHandshake.encode(
            new InternodeHandshake.Hello(lane, "one", new NodeAddress("stranger", 1)),
            UnpooledByteBufAllocator.DEFAULT);
    byte[] bytes = new byte[hello.readableBytes()];
    hello.readBytes(bytes);
    hello.release();
    return bytes;
  }

  /** A frame of a length that cannot be, or with a wrong checksum. */
  private static byte[] frame(Random random, int i) {
    byte[] frame = new byte[200];
    random.nextBytes(frame);
    int length = i % 2 == 0 ? 100 : Network.MAX_MESSAGE_BYTES + 1 + random.nextInt(1 << 30);
    return ByteBuffer.wrap(frame).putInt(i % 7 == 0 ? -1 : length).array();
  }

  static boolean isClosed(Socket socket) {
    try (InputStream in = socket.getInputStream()) {
      in.readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whatWaitsForAPeerThatDoesNotReadIsBounded() throws Exception {
    try (Peer one = new Peer();
        ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      NodeAddress address = new NodeAddress(HOST, silent.getLocalPort());
      BlockingQueue<Integer> taken = new LinkedBlockingQueue<>();
      one.lanes
          .lane(0)
          .execute(
              () -> {
                int count = 0;
                while (count < 1_000 && one.network.send(address, new byte[1 << 20])) {
                  count++;
                }
                taken.add(count);
              });
      assertThat(taken.poll(10, TimeUnit.SECONDS)).isBetween(20, 40);
    }
  }
}

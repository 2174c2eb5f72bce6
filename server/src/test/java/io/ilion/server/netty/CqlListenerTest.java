package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Event;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CqlListenerTest {
  private static final int LANES = 3;

  private Lanes lanes;
  private FakeService service;
  private CqlListener listener;
  private InetSocketAddress address;
  private InetSocketAddress shardAware;
  private final MovableClock clock = new MovableClock();

  @BeforeEach
  void startLanes() {
    lanes = new Lanes(LANES, 2);
    service = new FakeService(lanes);
  }

  @AfterEach
  void stop() {
    if (listener != null) {
      listener.close();
    }
    lanes.close();
  }

  private void listen(ConnectionLimits limits) throws IOException {
    listener = new CqlListener(lanes, clock, limits, service, "3.4.7", null);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    shardAware = listener.listenShardAware(any);
    address = listener.listen(any);
  }

  private static ConnectionLimits limits(
      int maxFrame, int connections, int perAddress, long requestBytes, long responseBytes) {
    return limits(maxFrame, connections, perAddress, 32_768, requestBytes, responseBytes);
  }

  private static ConnectionLimits limits(
      int maxFrame,
      int connections,
      int perAddress,
      int requests,
      long requestBytes,
      long responseBytes) {
    return new ConnectionLimits(
        maxFrame,
        connections,
        perAddress,
        requests,
        Math.max(requestBytes, 1 << 20),
        requestBytes,
        responseBytes,
        2 * responseBytes,
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ofSeconds(300));
  }

  private static Request.Query query(String text) {
    return new Request.Query(text, QueryParameters.of(Consistency.ONE));
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen");
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void aNodeThatEndsAnswersWhatItHasAndRefusesTheRest() throws Exception {
    listen(ConnectionLimits.defaults());
    try (WireClient busy = new WireClient(address, ProtocolVersion.V5).ready();
        WireClient idle = new WireClient(address, ProtocolVersion.V4).ready()) {
      busy.send(1, query("hold"));
      await(() -> !service.held.isEmpty());
      CompletionStage<Void> drained = listener.drain(500_000_000, 600_000_000);
      Response answer = idle.ask(2, query("here"));
      while (answer instanceof Result.Void) {
        // Its lane has not heard of it yet.
        answer = idle.ask(2, query("here"));
      }
      assertThat(((Response.Error) answer).code()).isEqualTo(ErrorCode.IS_BOOTSTRAPPING);
      assertThat(idle.isClosedByServer()).isTrue();
      assertThat(drained.toCompletableFuture()).isNotDone();
      assertThat(service.answerHeld()).isEqualTo(1);
      assertThat(busy.receive().message()).isEqualTo(new Result.Void());
      assertThat(busy.isClosedByServer()).isTrue();
    }
    drained(listener.drain(0, 0));
    assertThatThrownBy(() -> new WireClient(address, ProtocolVersion.V5))
        .isInstanceOf(IOException.class);
  }

  private static void drained(CompletionStage<Void> stage) {
    assertThat(stage.toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @EnumSource
  void everyVersionAndCompression(ProtocolVersion version) throws IOException {
    listen(ConnectionLimits.defaults());
    List<Map<String, String>> options = new ArrayList<>();
    options.add(Map.of());
    options.add(Map.of("COMPRESSION", "lz4"));
    if (version != ProtocolVersion.V5) {
      options.add(Map.of("COMPRESSION", "snappy"));
    }
    for (Map<String, String> option : options) {
      try (WireClient client = new WireClient(address, version)) {
        assertThat(client.ask(3, new Request.Options())).isInstanceOf(Response.Supported.class);
        assertThat(client.startUp(option)).isEqualTo(new Response.Ready());
        assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
        assertThat(client.ask(2, query("use ks"))).isEqualTo(new Result.SetKeyspace("ks"));
        client.send(9, query("rows 50000"));
        ResponseEnvelope rows = client.receive();
        assertThat(rows.stream()).isEqualTo(9);
        assertThat(rows.warnings().size()).isEqualTo(version == ProtocolVersion.V3 ? 0 : 1);
        assertThat(((Result.Rows) rows.message()).rows()).hasSize(50_000);
        assertThat(client.ask(4, query("fail")))
            .isEqualTo(new Response.Error(ErrorCode.INVALID, "as you wish"));
        assertThat(client.ask(5, query("broken")))
            .isEqualTo(
                new Response.Error(
                    ErrorCode.SERVER_ERROR, "java.lang.IllegalStateException: half-way"));
        // A request that takes many segments.
        assertThat(client.ask(6, query("x".repeat(1_000_000)))).isEqualTo(new Result.Void());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void burstsOverAllLanes(boolean epoll) throws IOException {
    lanes.close();
    lanes = new Lanes(LANES, 2, epoll && Epoll.isAvailable());
    service = new FakeService(lanes);
    listen(ConnectionLimits.defaults());
    Random random = new Random(7);
    String[] kinds = {"here", "lane 0", "lane 1", "lane 2", "background", "fail", "rows 3"};
    try (WireClient client = new WireClient(address, ProtocolVersion.V5).ready()) {
      for (int round = 0; round < 50; round++) {
        Request[] requests = new Request[200];
        for (int i = 0; i < requests.length; i++) {
          requests[i] = query(kinds[random.nextInt(kinds.length)]);
        }
        client.send(0, requests);
        BitSet answered = new BitSet();
        for (int i = 0; i < requests.length; i++) {
          answered.set(client.receive().stream());
        }
        assertThat(answered.cardinality()).isEqualTo(requests.length);
      }
    }
    assertThat(service.requests.get()).isEqualTo(10_000);
    assertThat(service.bursts.get()).as("requests travel together").isLessThan(2_000);
    await(() -> service.closedClients.size() == 1);
    assertThat(service.closedClients.peek().requestCount()).isEqualTo(10_000);
    await(() -> listener.clients().isEmpty());
  }

  @Test
  void aClientChoosesItsLaneByItsPort() throws IOException {
    listen(ConnectionLimits.defaults());
    BitSet seen = new BitSet();
    for (int port = 40_000; seen.cardinality() < LANES && port < 40_500; port++) {
      try (WireClient client = new WireClient(shardAware, ProtocolVersion.V4, port)) {
        Response.Supported supported = (Response.Supported) client.ask(0, new Request.Options());
        Map<String, List<String>> options = supported.options();
        assertThat(options.get("SCYLLA_SHARD")).containsExactly("" + port % LANES);
        assertThat(options.get("SCYLLA_NR_SHARDS")).containsExactly("" + LANES);
        assertThat(options.get("SCYLLA_SHARD_AWARE_PORT"))
            .containsExactly("" + shardAware.getPort());
        assertThat(options.get("PROTOCOL_VERSIONS")).containsExactly("3/v3", "4/v4", "5/v5");
        seen.set(port % LANES);
      } catch (BindException e) {
        continue;
      }
    }
    assertThat(seen.cardinality()).isEqualTo(LANES);
  }

  @ParameterizedTest
  @EnumSource
  void events(ProtocolVersion version) throws IOException {
    listen(ConnectionLimits.defaults());
    try (WireClient listening = new WireClient(address, version).ready();
        WireClient deaf = new WireClient(address, version).ready()) {
      assertThat(listening.ask(1, new Request.Register(EnumSet.of(Event.Type.SCHEMA_CHANGE))))
          .isEqualTo(new Response.Ready());
      listener.publish(new Event.StatusChange(Event.StatusChange.Status.UP, address));
      Event.SchemaChange change =
          new Event.SchemaChange(
              Event.SchemaChange.Change.CREATED, Event.SchemaChange.Target.TABLE, "ks", "t");
      listener.publish(change);
      ResponseEnvelope notice = listening.receive();
      assertThat(notice.stream()).isEqualTo(-1);
      assertThat(notice.message()).isEqualTo(new Response.Notice(change));
      assertThat(deaf.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void unknownVersionsAreToldWhichAreSpoken() throws IOException {
    listen(ConnectionLimits.defaults());
    for (int version : new int[] {0, 1, 2, 6, 0x41, 0x42}) {
      try (WireClient client = new WireClient(address, ProtocolVersion.V4)) {
        client.sendRaw(new byte[] {(byte) version, 0, 0, 0, 5, 0, 0, 0, 0});
        byte[] answer = client.socket().getInputStream().readAllBytes();
        boolean old = version == 1 || version == 2;
        assertThat(answer[0] & 0xFF).isEqualTo(0x80 | (old ? version : 5));
        assertThat(new String(answer, StandardCharsets.UTF_8))
            .endsWith(
                "Invalid or unsupported protocol version ("
                    + version
                    + "); supported versions are (3/v3, 4/v4, 5/v5)");
      }
    }
  }

  @Test
  void messagesInTheWrongState() throws IOException {
    listen(ConnectionLimits.defaults());
    try (WireClient client = new WireClient(address, ProtocolVersion.V4)) {
      assertError(
          client.ask(1, query("here")), "Unexpected message QUERY, expecting STARTUP or OPTIONS");
      assertError(
          client.ask(1, new Request.Startup(Map.of())),
          "Missing value CQL_VERSION in STARTUP message");
      assertError(
          client.ask(1, new Request.Startup(Map.of("CQL_VERSION", "2.0.0"))),
          "CQL version 2.0.0 is not supported by the binary protocol"
              + " (supported version are >= 3.0.0)");
      for (String unknown : List.of("x", "3", "3.", "3.0.x", "3.0 ", "99999999999.0")) {
        assertError(
            client.ask(1, new Request.Startup(Map.of("CQL_VERSION", unknown))),
            "Invalid version value: " + unknown);
      }
      assertError(
          client.startUp(Map.of("COMPRESSION", "zip")), "Unknown compression algorithm: zip");
      assertThat(client.startUp(Map.of("UNHEARD_OF", "1"))).isEqualTo(new Response.Ready());
      assertError(
          client.startUp(Map.of()),
          "Unexpected message STARTUP, the connection is already initialized");
      client.sendRaw(new byte[] {3, 0, 0, 7, (byte) Opcode.OPTIONS.code(), 0, 0, 0, 0});
      ResponseEnvelope otherVersion = client.receive();
      assertThat(otherVersion.version()).isEqualTo(ProtocolVersion.V4);
      assertError(
          otherVersion.message(),
          "Invalid message version. Got 3/v3"
              + " but previous messages on this connection had version 4/v4");
      assertThat(client.ask(1, new Request.AuthResponse(new byte[0])))
          .isEqualTo(new Response.AuthSuccess(null));
      assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
    try (WireClient client = new WireClient(address, ProtocolVersion.V5)) {
      assertError(
          client.startUp(Map.of("COMPRESSION", "snappy")),
          "Snappy compression is not supported in protocol V5");
    }
  }

  private static void assertError(Response response, String message) {
    assertThat(response).isEqualTo(new Response.Error(ErrorCode.PROTOCOL_ERROR, message));
  }

  @Test
  void aMalformedRequestLosesOnlyItself() throws IOException {
    listen(ConnectionLimits.defaults());
    for (ProtocolVersion version : ProtocolVersion.values()) {
      try (WireClient client = new WireClient(address, version).ready()) {
        byte v = (byte) version.number();
        client.sendEnvelopes(
            Unpooled.copiedBuffer(
                new byte[] {v, 0, 0, 8, (byte) Opcode.QUERY.code(), 0, 0, 0, 3, 1, 2, 3}));
        ResponseEnvelope error = client.receive();
        assertThat(error.stream()).isEqualTo(8);
        assertThat(((Response.Error) error.message()).code()).isEqualTo(ErrorCode.PROTOCOL_ERROR);
        client.sendEnvelopes(Unpooled.copiedBuffer(new byte[] {v, 0, 0, 9, 0x77, 0, 0, 0, 0}));
        error = client.receive();
        assertThat(error.stream()).isEqualTo(9);
        assertError(error.message(), "Unknown opcode 119");
        assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
      }
    }
  }

  @Test
  void aSpoiledSegmentClosesTheConnectionAfterAnError() throws IOException {
    listen(ConnectionLimits.defaults());
    try (WireClient client = new WireClient(address, ProtocolVersion.V5).ready();
        WireClient other = new WireClient(address, ProtocolVersion.V5).ready()) {
      client.sendRaw("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      assertThat(((Response.Error) client.receive().message()).message()).contains("CRC mismatch");
      assertThat(client.receive()).isNull();
      assertThat(other.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void aFrameBeyondTheLimitIsAnsweredAndLeftOut() throws IOException {
    listen(limits(100_000, 10, 10, 1 << 20, 1 << 20));
    for (ProtocolVersion version : ProtocolVersion.values()) {
      try (WireClient client = new WireClient(address, version).ready()) {
        client.send(1, query("x".repeat(200_000)), query("here"));
        ResponseEnvelope error = client.receive();
        assertThat(error.stream()).isEqualTo(1);
        assertThat(((Response.Error) error.message()).message())
            .contains("exceeds maximum allowed length 100000");
        assertThat(client.receive().message()).isEqualTo(new Result.Void());
      }
    }
  }

  @Test
  void noMoreConnectionsThanAllowed() throws IOException {
    listen(limits(1 << 20, 3, 2, 1 << 20, 1 << 20));
    try (WireClient one = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient two = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient three = new WireClient(address, ProtocolVersion.V4)) {
      assertThat(three.isClosedByServer()).isTrue();
      assertThat(one.ask(1, query("here"))).isEqualTo(new Result.Void());
      two.close();
      await(() -> listener.clients().size() == 1);
      try (WireClient four = new WireClient(address, ProtocolVersion.V4).ready()) {
        assertThat(four.ask(1, query("here"))).isEqualTo(new Result.Void());
      }
    }
  }

  @Test
  void tooManyRequestsAreReadLaterOrRefused() throws IOException {
    listen(limits(1 << 20, 10, 10, 20_000, 1 << 20));
    Request[] requests = new Request[1000];
    Arrays.fill(requests, query("hold"));
    try (WireClient patient = new WireClient(address, ProtocolVersion.V4).ready()) {
      patient.send(0, requests);
      int answered = 0;
      while (answered < requests.length) {
        await(() -> !service.held.isEmpty());
        assertThat(service.held.size()).as("what is in memory is bounded").isLessThan(60);
        int more = service.answerHeld();
        for (int i = 0; i < more; i++) {
          assertThat(patient.receive().message()).isEqualTo(new Result.Void());
        }
        answered += more;
      }
    }
    service.held.clear();
    try (WireClient impatient = new WireClient(address, ProtocolVersion.V5)) {
      impatient.startUp(Map.of("THROW_ON_OVERLOAD", "1"));
      impatient.send(0, requests);
      for (int i = 0; i < 900; i++) {
        Response.Error error = (Response.Error) impatient.receive().message();
        assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED);
      }
      service.answerHeld();
    }
  }

  @Test
  void whoHasTooManyRequestsUnderWayIsRefusedAndOthersAreNot() throws IOException {
    int most = 40;
    listen(limits(1 << 20, 10, 10, most * LANES, 1 << 20, 1 << 20));
    Request[] requests = new Request[1000];
    Arrays.fill(requests, query("hold"));
    // Connections go to the lanes in turn, so the fourth is beside the first.
    try (WireClient greedy = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient second = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient third = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient modest = new WireClient(address, ProtocolVersion.V4).ready()) {
      assertThat(second.ask(1, query("here"))).isEqualTo(third.ask(1, query("here")));
      greedy.send(0, requests);
      for (int i = 0; i < requests.length - most; i++) {
        Response.Error error = (Response.Error) greedy.receive().message();
        assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED);
      }
      assertThat(service.held).hasSize(most);
      for (int i = 0; i < 100; i++) {
        assertThat(modest.ask(i, query("here"))).isEqualTo(new Result.Void());
      }
      service.answerHeld();
      for (int i = 0; i < most; i++) {
        assertThat(greedy.receive().message()).isEqualTo(new Result.Void());
      }
      assertThat(greedy.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void theConnectionsOfAnAddressShareItsBudget() throws IOException {
    listen(limits(1 << 20, 10, 10, 20_000, 1 << 20));
    InetSocketAddress elsewhere = new InetSocketAddress("127.0.0.2", 0);
    Map<String, String> impatient = Map.of("THROW_ON_OVERLOAD", "1");
    Request[] requests = new Request[100];
    Arrays.fill(requests, query("hold"));
    try (WireClient greedy = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient beside = new WireClient(address, ProtocolVersion.V4);
        WireClient other = new WireClient(address, ProtocolVersion.V4, elsewhere)) {
      beside.startUp(impatient);
      other.startUp(impatient);
      greedy.send(0, requests);
      await(() -> service.held.size() > 20);
      for (int i = 0; i < 10; i++) {
        Response.Error error = (Response.Error) beside.ask(1, query("here"));
        assertThat(error.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(other.ask(1, query("here"))).isEqualTo(new Result.Void());
      }
    }
    service.answerHeld();
    try (WireClient later = new WireClient(address, ProtocolVersion.V4)) {
      later.startUp(impatient);
      assertThat(later.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void aClientThatTakesNothingIsClosedAndOthersAreServed() throws IOException {
    listen(limits(1 << 20, 10, 10, 1 << 20, 4 << 20));
    try (WireClient greedy = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient other = new WireClient(address, ProtocolVersion.V4).ready()) {
      Request[] requests = new Request[500];
      Arrays.fill(requests, query("rows 20000"));
      greedy.send(0, requests);
      await(() -> service.closedClients.size() == 1);
      assertThat(other.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void aClientThatTakesMuchIsServed() throws IOException {
    listen(ConnectionLimits.defaults());
    try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
      Request[] requests = new Request[600];
      for (int i = 0; i < requests.length; i++) {
        requests[i] = query(i % 4 == 3 ? "lane " + i % LANES : "rows 20000");
      }
      client.send(0, requests);
      BitSet answered = new BitSet();
      for (int i = 0; i < requests.length; i++) {
        answered.set(client.receive().stream());
      }
      assertThat(answered.cardinality()).isEqualTo(requests.length);
    }
  }

  @Test
  void deadlines() throws IOException {
    listen(limits(1 << 20, 10, 10, 1 << 20, 1 << 20));
    try (WireClient silent = new WireClient(address, ProtocolVersion.V4);
        WireClient halting = new WireClient(address, ProtocolVersion.V4).ready();
        WireClient idle = new WireClient(address, ProtocolVersion.V4).ready()) {
      halting.sendRaw(new byte[] {4, 0, 0, 1, 7, 0, 0, 1, 0, 5, 5});
      assertThat(idle.ask(1, query("here"))).isEqualTo(new Result.Void());
      await(() -> listener.clients().size() == 3);
      clock.advance(Duration.ofSeconds(31));
      assertThat(silent.isClosedByServer()).isTrue();
      clock.advance(Duration.ofSeconds(61));
      assertThat(halting.isClosedByServer()).isTrue();
      assertThat(idle.ask(1, query("here"))).isEqualTo(new Result.Void());
      clock.advance(Duration.ofSeconds(301));
      assertThat(idle.isClosedByServer()).isTrue();
    }
  }

  /** Whoever is not read from cannot go on with what it sends. */
  @Test
  void aPauseIsNoTimeOfAFrame() throws IOException {
    byte[] begun = {4, 0, 0, 1, 7, 0, 0, 1, 0, 5, 5};
    listen(
        new ConnectionLimits(
            1 << 20,
            10,
            10,
            32_768,
            1 << 20,
            1 << 20,
            256 << 20,
            512 << 20,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(300),
            Duration.ofSeconds(300)));
    List<WireClient> halting = new ArrayList<>();
    try (WireClient taking = new WireClient(address, ProtocolVersion.V4).ready()) {
      for (int i = 0; i < LANES; i++) {
        halting.add(new WireClient(address, ProtocolVersion.V4).ready());
        halting.get(i).sendRaw(begun);
      }
      // All in one piece, so that the frame has begun when the first answer is not taken.
      int requests = 60;
      ByteBuf out = Unpooled.buffer();
      for (int i = 0; i < requests; i++) {
        RequestCodec.encode(
            new RequestEnvelope(ProtocolVersion.V4, 2 + i, false, null, query("rows 20000"), 0),
            out);
      }
      taking.sendEnvelopes(out.writeBytes(begun));
      await(() -> service.requests.get() == requests);
      clock.advance(Duration.ofSeconds(61));
      for (WireClient client : halting) {
        assertThat(client.isClosedByServer()).isTrue();
        client.close();
      }
      for (int i = 0; i < requests; i++) {
        assertThat(taking.receive().stream()).isGreaterThan(1);
      }
      taking.sendRaw(new byte[256 - 2]);
      assertThat(taking.receive().stream()).isEqualTo(1);
    }
  }

  @Test
  void answersToAClosedConnectionGoNowhere() throws IOException {
    listen(ConnectionLimits.defaults());
    try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
      client.send(1, query("hold"), query("hold"));
      await(() -> service.held.size() == 2);
    }
    await(() -> service.closedClients.size() == 1);
    service.answerHeld();
    try (WireClient client = new WireClient(address, ProtocolVersion.V4).ready()) {
      assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }
}

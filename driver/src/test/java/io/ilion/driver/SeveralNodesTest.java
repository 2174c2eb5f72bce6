package io.ilion.driver;

import static io.ilion.driver.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.policy.DatacenterPolicy;
import io.ilion.driver.policy.LoadBalancingPolicy;
import io.ilion.driver.policy.NodeChoice;
import io.ilion.driver.policy.QueryPlan;
import io.ilion.driver.policy.RetryPolicy;
import io.ilion.driver.policy.Routing;
import io.ilion.driver.policy.SpeculativeExecutionPolicy;
import io.ilion.driver.policy.ThrottlingPolicy;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.Digest;
import io.ilion.protocol.Event;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three nodes: where requests go, and where they go when a node fails. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class SeveralNodesTest {
  private static final String WRITE = "INSERT INTO t (k) VALUES (1)";
  private static final String READ = "SELECT k FROM t";
  private static final Digest ID = new Digest(new byte[] {1, 2, 3});

  private final List<ScriptedServer> nodes =
      List.of(new ScriptedServer(), new ScriptedServer(), new ScriptedServer());
  private final Set<String> events = ConcurrentHashMap.newKeySet();
  private Session session;

  @BeforeEach
  void introduce() {
    String[] tokens = {"-6000000000000000000", "0", "6000000000000000000"};
    for (int i = 0; i < nodes.size(); i++) {
      ScriptedServer node = nodes.get(i);
      node.peers.addAll(nodes);
      node.peers.remove(node);
      node.tokens = Set.of(tokens[i]);
      node.script = SeveralNodesTest::answer;
    }
  }

  private static Response answer(Request request, ScriptedServer.Client client) {
    return request instanceof Request.Prepare ? FaultsTest.prepared(ID) : new Result.Void();
  }

  @AfterEach
  void close() {
    if (session != null) {
      session.close();
    }
    nodes.forEach(ScriptedServer::close);
  }

  private SessionBuilder builder() {
    return Session.builder()
        .contactPoint(nodes.get(0).address())
        .contactPoint(nodes.get(1).address())
        .eventDelay(Duration.ofMillis(1))
        .reconnection(failures -> Duration.ofMillis(10))
        .listener(new Listener())
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(5)));
  }

  private void connect(SessionBuilder builder) {
    connect(builder, node -> node.datacenter().equals("dc1"));
  }

  private void connect(SessionBuilder builder, Predicate<Node> wanted) {
    session = builder.connect();
    await(() -> session.metadata().nodes().stream().filter(wanted).allMatch(Node::isUp));
  }

  private final class Listener implements MetadataListener {
    @Override
    public void nodeAdded(Node node) {
      events.add("added " + node.address().getPort());
    }

    @Override
    public void nodeRemoved(Node node) {
      events.add("removed " + node.address().getPort());
    }

    @Override
    public void nodeUp(Node node) {
      events.add("up " + node.address().getPort());
    }

    @Override
    public void nodeDown(Node node) {
      events.add("down " + node.address().getPort());
    }
  }

  private static long statements(ScriptedServer node) {
    return node.received.stream()
        .filter(r -> r instanceof Request.Query query && !query.query().contains("system"))
        .count();
  }

  @Test
  void eachInTurn() {
    connect(builder().loadBalancing(DatacenterPolicy.of(NodeChoice.roundRobin())));
    for (int i = 0; i < 30; i++) {
      session.execute(WRITE);
    }
    assertThat(nodes).allSatisfy(node -> assertThat(statements(node)).isEqualTo(10));
  }

  @Test
  void theReplicaOfThePartition() {
    connect(builder());
    PreparedStatement insert = session.prepare("INSERT INTO t (k) VALUES (?)");
    nodes.forEach(node -> node.received.clear());
    for (int key = 0; key < 100; key++) {
      session.execute(insert.bind(key));
      byte[] bytes = {0, 0, 0, (byte) key};
      long token = Murmur3.token(bytes);
      int owner = token <= -6000000000000000000L ? 0 : token <= 0 ? 1 : 2;
      if (token > 6000000000000000000L) {
        owner = 0;
      }
      assertThat(nodes.get(owner).receivedOf(Request.Execute.class)).as("key %d", key).hasSize(1);
      nodes.forEach(node -> node.received.clear());
    }
  }

  @Test
  void theShardOfThePartition() {
    nodes.forEach(node -> node.shards = 4);
    connect(builder());
    ScriptedServer first = nodes.get(0);
    Node node = session.metadata().node(first.hostId).orElseThrow();
    // What is for a shard whose connection is still being opened goes to another one.
    await(() -> node.connections() == 4);
    assertThat(node.shardCount()).isEqualTo(4);
    PreparedStatement insert = session.prepare("INSERT INTO t (k) VALUES (?)");
    for (int key = 0; key < 200; key++) {
      session.execute(insert.bind(key));
    }
    int seen = 0;
    for (ScriptedServer.Client client : first.clients) {
      for (Request request : client.requests) {
        if (request instanceof Request.Execute execute) {
          long token = Murmur3.token(execute.parameters().values().get(0));
          long biased = (token ^ Long.MIN_VALUE) << 12;
          assertThat(client.shard).isEqualTo((int) ((biased >>> 32) * 4 >>> 32));
          seen++;
        }
      }
    }
    assertThat(seen).isGreaterThan(20);
  }

  @Test
  void aReadGoesToTheNextNodeAndAWriteDoesNot() {
    connect(builder().loadBalancing(DatacenterPolicy.of(list -> 0)));
    ScriptedServer first = serverOf(session.metadata().nodes().get(0));
    first.script = (request, client) -> new Response.Error(ErrorCode.OVERLOADED, "too much");
    session.execute(READ);
    session.execute(SimpleStatement.of(WRITE).idempotent(true));
    assertThatThrownBy(() -> session.execute(WRITE)).isInstanceOf(ServerException.class);
    assertThatThrownBy(
            () -> session.execute(SimpleStatement.of(WRITE + " IF NOT EXISTS").idempotent(true)))
        .isInstanceOf(ServerException.class);
  }

  private ScriptedServer serverOf(Node node) {
    return nodes.stream().filter(s -> s.hostId.equals(node.hostId())).findFirst().orElseThrow();
  }

  @Test
  void aBrokenConnectionSendsAReadToTheNextNode() {
    connect(builder().loadBalancing(DatacenterPolicy.of(list -> 0)));
    serverOf(session.metadata().nodes().get(0)).script =
        (request, client) -> {
          client.close();
          return null;
        };
    session.execute(READ);
  }

  @Test
  void aNodeThatStartsIsPassedOver() {
    connect(builder().loadBalancing(DatacenterPolicy.of(list -> 0)));
    serverOf(session.metadata().nodes().get(0)).script =
        (request, client) -> new Response.Error(ErrorCode.IS_BOOTSTRAPPING, "not yet");
    session.execute(WRITE);
  }

  /** What it was asked before is still answered, and nothing more is sent to be lost. */
  @Test
  void aNodeThatEndsIsLeft() {
    connect(builder().loadBalancing(DatacenterPolicy.of(list -> 0)));
    Node first = session.metadata().nodes().get(0);
    ScriptedServer server = serverOf(first);
    server.script =
        (request, client) -> new Response.Error(ErrorCode.IS_BOOTSTRAPPING, "not any more");
    int port = server.address().getPort();
    session.execute(WRITE);
    await(() -> events.contains("down " + port));
  }

  @Test
  void aSlowNodeIsOvertaken() {
    connect(
        builder()
            .loadBalancing(DatacenterPolicy.of(list -> 0))
            .speculation(SpeculativeExecutionPolicy.after(Duration.ofMillis(20), 2)));
    serverOf(session.metadata().nodes().get(0)).script = (request, client) -> null;
    Page page = session.execute(READ).page();
    assertThat(page.node()).isNotEqualTo(session.metadata().nodes().get(0));
    assertThatThrownBy(
            () -> session.execute(SimpleStatement.of(WRITE).timeout(Duration.ofMillis(200))))
        .isInstanceOf(RequestTimeoutException.class);
  }

  @Test
  void aNodeThatGoesAndComesBack() {
    connect(builder());
    ScriptedServer last = nodes.get(2);
    last.close();
    await(() -> events.contains("down " + last.address().getPort()));
    for (int i = 0; i < 20; i++) {
      session.execute(WRITE);
    }
    events.clear();
    last.open();
    await(() -> events.contains("up " + last.address().getPort()));
  }

  @Test
  void theControlConnectionFailsOver() {
    connect(builder());
    nodes.get(0).close();
    ScriptedServer fresh = new ScriptedServer();
    try {
      fresh.tokens = Set.of("1");
      fresh.script = SeveralNodesTest::answer;
      nodes.get(1).peers.add(fresh);
      nodes.get(2).peers.add(fresh);
      Event joined =
          new Event.TopologyChange(Event.TopologyChange.Change.NEW_NODE, fresh.address());
      await(
          () -> {
            nodes.get(1).tell(joined);
            nodes.get(2).tell(joined);
            return events.contains("up " + fresh.address().getPort());
          });
      assertThat(session.metadata().nodes()).hasSize(4);
    } finally {
      fresh.close();
    }
  }

  @Test
  void aNodeThatLeaves() {
    connect(builder());
    ScriptedServer gone = nodes.get(2);
    nodes.forEach(node -> node.peers.remove(gone));
    InetSocketAddress address = gone.address();
    nodes.get(0).tell(new Event.TopologyChange(Event.TopologyChange.Change.REMOVED_NODE, address));
    await(() -> session.metadata().nodes().size() == 2);
    await(() -> events.contains("removed " + address.getPort()));
  }

  @Test
  void anotherDataCentreOnlyWhenThatIsWanted() {
    nodes.get(2).datacenter = "dc2";
    connect(builder());
    for (int i = 0; i < 20; i++) {
      session.execute(WRITE);
    }
    assertThat(nodes.get(2).clients).isEmpty();
    session.close();
    connect(builder().loadBalancing(DatacenterPolicy.standard().failingOver()));
    await(() -> session.metadata().nodes().stream().allMatch(Node::isUp));
    nodes.get(0).script = (request, client) -> new Response.Error(ErrorCode.OVERLOADED, "");
    nodes.get(1).close();
    await(() -> session.metadata().nodes("dc1").stream().filter(Node::isUp).count() == 1);
    assertThatThrownBy(() -> session.execute(READ)).isInstanceOf(NoNodeAvailableException.class);
    Page page = session.execute(SimpleStatement.of(READ).consistency(Consistency.QUORUM)).page();
    assertThat(page.node().datacenter()).isEqualTo("dc2");
  }

  @Test
  void aDataCentreThatThereIsNotIsSaid() {
    assertThatThrownBy(
            () -> connect(builder().loadBalancing(DatacenterPolicy.standard().preferring("paris"))))
        .isInstanceOf(NoNodeAvailableException.class)
        .hasMessageContaining("ignores it, in data centre dc1");
  }

  @Test
  void throttlesLetSoManyThrough() {
    connect(builder().throttling(ThrottlingPolicy.concurrent(2, 2)));
    nodes.forEach(node -> node.script = (request, client) -> null);
    List<CompletableFuture<Page>> all = new ArrayList<>();
    SimpleStatement write = SimpleStatement.of(WRITE).timeout(Duration.ofMillis(500));
    for (int i = 0; i < 5; i++) {
      all.add(session.executeAsync(write).toCompletableFuture());
    }
    assertThat(all.get(4))
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableThat()
        .withCauseInstanceOf(ThrottledException.class);
    await(() -> nodes.stream().mapToLong(SeveralNodesTest::statements).sum() == 2);
    nodes.forEach(node -> node.script = SeveralNodesTest::answer);
    assertThat(all.get(0)).failsWithin(Duration.ofSeconds(5));
    // Those that waited begin now: whether they still have the time does not matter.
    await(() -> all.stream().allMatch(CompletableFuture::isDone));
    session.execute(WRITE);
  }

  /** Every method of the driver's metrics, each where it is due and nowhere else. */
  @Test
  void whatHappensIsMeasured() {
    Told told = new Told();
    AtomicBoolean speculate = new AtomicBoolean();
    AtomicBoolean refuse = new AtomicBoolean();
    connect(
        builder()
            .loadBalancing(DatacenterPolicy.of(list -> 0))
            .metrics(told)
            .speculation(running -> speculate.get() && running < 2 ? 1_000_000 : -1)
            .throttling(new SwitchedThrottle(refuse)));
    await(() -> told.size() == 3);
    told.expect("opened 0", "opened 1", "opened 2");
    ScriptedServer first = serverOf(session.metadata().nodes().get(0));
    int a = nodes.indexOf(first);
    int b = nodes.indexOf(serverOf(session.metadata().nodes().get(1)));

    session.execute(WRITE);
    told.expect("answer " + a, "done " + WRITE);

    first.script = (request, client) -> new Response.Error(ErrorCode.OVERLOADED, "too much");
    session.execute(READ);
    told.expect("answer " + a + " OVERLOADED", "retry " + a, "answer " + b, "done " + READ);

    AtomicInteger forgotten = new AtomicInteger(1);
    first.script =
        (request, client) ->
            request instanceof Request.Execute && forgotten.getAndDecrement() > 0
                ? FaultsTest.unprepared(ID)
                : answer(request, client);
    String insert = "INSERT INTO t (k) VALUES (?)";
    PreparedStatement prepared = session.prepare(insert);
    // Without a value of the partition key nothing tells its replica.
    session.execute(prepared.bind());
    told.expect(
        "answer " + a,
        "done " + insert,
        "answer " + a + " UNPREPARED",
        "reprepared " + a,
        "answer " + a,
        "done " + insert);

    first.script = (request, client) -> null;
    speculate.set(true);
    session.execute(SimpleStatement.of(READ).timeout(Duration.ofSeconds(3)));
    told.expect("speculation " + b, "answer " + b, "done " + READ);
    speculate.set(false);
    // The first node has still not answered: nobody waits, but it did not in time.
    await(() -> told.size() == 1);
    told.expect("answer " + a + " timeout");

    assertThatThrownBy(
            () -> session.execute(SimpleStatement.of(WRITE).timeout(Duration.ofMillis(20))))
        .isInstanceOf(RequestTimeoutException.class);
    told.expect("answer " + a + " timeout", "done " + WRITE + " timeout");

    refuse.set(true);
    assertThatThrownBy(() -> session.execute(WRITE)).isInstanceOf(ThrottledException.class);
    told.expect("refused");
    refuse.set(false);

    first.close();
    await(() -> told.size() == 1);
    told.expect("closed " + a);
    session.close();
    await(() -> told.size() == 2);
    assertThat(told.all()).allMatch(event -> event.startsWith("closed "));
  }

  /** What the driver told of, in the order in which it did. */
  private final class Told implements DriverMetrics {
    private final Queue<String> told = new ConcurrentLinkedQueue<>();

    int size() {
      return told.size();
    }

    List<String> all() {
      return List.copyOf(told);
    }

    void expect(String... events) {
      assertThat(told).containsExactlyInAnyOrder(events);
      told.clear();
    }

    private void tell(String what, Node node, Throwable error) {
      tell(what + " " + nodes.indexOf(serverOf(node)), error);
    }

    private void tell(String what, Throwable error) {
      String end = error instanceof ServerException server ? " " + server.code() : " timeout";
      told.add(error == null ? what : what + end);
    }

    @Override
    public void requestDone(Statement<?> statement, long nanos, Throwable error) {
      assertThat(nanos).isPositive();
      tell("done " + statement.text(), error);
    }

    @Override
    public void nodeAnswered(Node node, long nanos, Throwable error) {
      tell("answer", node, error);
    }

    @Override
    public void retried(Node node, Throwable error) {
      tell("retry", node, null);
    }

    @Override
    public void speculated(Node node) {
      tell("speculation", node, null);
    }

    @Override
    public void reprepared(Node node) {
      tell("reprepared", node, null);
    }

    @Override
    public void connectionOpened(Node node) {
      tell("opened", node, null);
    }

    @Override
    public void connectionClosed(Node node) {
      tell("closed", node, null);
    }

    @Override
    public void refused() {
      told.add("refused");
    }
  }

  /** A throttling policy of one's own. */
  private record SwitchedThrottle(AtomicBoolean refuses) implements ThrottlingPolicy {
    @Override
    public void register(Throttled request) {
      if (refuses.get()) {
        request.refuse("not now");
      } else {
        request.proceed();
      }
    }

    @Override
    public void done() {
      // Nothing was counted.
    }
  }

  @Test
  void retriesOfOnesOwn() {
    connect(
        builder()
            .loadBalancing(DatacenterPolicy.of(list -> 0))
            .retries(
                (error, retries) ->
                    retries < 3 ? RetryPolicy.Decision.SAME_NODE : RetryPolicy.Decision.FAIL));
    ScriptedServer first = serverOf(session.metadata().nodes().get(0));
    first.script = (request, client) -> new Response.Error(ErrorCode.SYNTAX_ERROR, "what?");
    assertThatThrownBy(() -> session.execute(READ))
        .isInstanceOfSatisfying(
            ServerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SYNTAX_ERROR));
    assertThat(statements(first)).isEqualTo(4);
    // What is not idempotent is not asked about.
    assertThatThrownBy(() -> session.execute(WRITE)).isInstanceOf(ServerException.class);
    assertThat(statements(first)).isEqualTo(5);
  }

  @Test
  void aLoadBalancingPolicyOfOnesOwn() {
    ScriptedServer ignored = nodes.get(0);
    ScriptedServer wanted = nodes.get(2);
    connect(
        builder()
            .loadBalancing(
                new LoadBalancingPolicy() {
                  @Override
                  public Distance distance(Node node) {
                    return serverOf(node).equals(ignored) ? Distance.IGNORED : Distance.LOCAL;
                  }

                  @Override
                  public QueryPlan plan(Routing routing) {
                    Iterator<Node> rest =
                        routing.nodes(null).stream()
                            .filter(node -> serverOf(node).equals(wanted))
                            .iterator();
                    return () -> rest.hasNext() ? rest.next() : null;
                  }
                }),
        node -> !serverOf(node).equals(ignored));
    for (int i = 0; i < 10; i++) {
      session.execute(WRITE);
    }
    assertThat(statements(wanted)).isEqualTo(10);
    // One connection, by which it learned of the cluster.
    assertThat(ignored.clients).hasSize(1);
    wanted.script = (request, client) -> new Response.Error(ErrorCode.OVERLOADED, "too much");
    assertThatThrownBy(() -> session.execute(READ)).isInstanceOf(NoNodeAvailableException.class);
    assertThat(statements(nodes.get(1))).isZero();
  }

  @Test
  void rowsAreReadByPages() {
    nodes.forEach(
        node ->
            node.script =
                (request, client) -> {
                  byte[] state = ((Request.Query) request).parameters().pagingState();
                  int page = state == null ? 0 : state[0];
                  return ScriptedServer.rows(
                      page == 3 ? null : new byte[] {(byte) (page + 1)},
                      List.of("k"),
                      List.of(NativeType.INT),
                      page == 1 ? new List<?>[0] : new List<?>[] {List.of(page), List.of(page)});
                });
    connect(builder());
    List<Integer> keys = new ArrayList<>();
    session.execute(READ).forEach(row -> keys.add(row.getInt("k")));
    assertThat(keys).containsExactly(0, 0, 2, 2, 3, 3);
  }
}

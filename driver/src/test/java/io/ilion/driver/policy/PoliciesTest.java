package io.ilion.driver.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import io.ilion.driver.metadata.Node;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.protocol.ErrorDetails;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoliciesTest {
  private record FakeNode(String name, String datacenter, boolean isUp, int inFlight, long latency)
      implements Node {
    @Override
    public UUID hostId() {
      return UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public InetSocketAddress address() {
      return InetSocketAddress.createUnresolved(name, 9042);
    }

    @Override
    public String rack() {
      return "r1";
    }

    @Override
    public String releaseVersion() {
      return "5.0.8";
    }

    @Override
    public List<Long> tokens() {
      return List.of();
    }

    @Override
    public int connections() {
      return 1;
    }

    @Override
    public long latencyNanos() {
      return latency;
    }

    @Override
    public int shardCount() {
      return 1;
    }
  }

  private record FakeRouting(List<Node> all, List<Node> owners, Consistency consistency)
      implements Routing {
    @Override
    public boolean hasToken() {
      return !owners.isEmpty();
    }

    @Override
    public long token() {
      return 0;
    }

    @Override
    public List<Node> replicas(String datacenter) {
      return in(owners, datacenter);
    }

    @Override
    public List<Node> nodes(String datacenter) {
      return in(all, datacenter);
    }

    private static List<Node> in(List<Node> nodes, String datacenter) {
      return nodes.stream()
          .filter(node -> datacenter == null || node.datacenter().equals(datacenter))
          .toList();
    }

    @Override
    public List<String> datacenters() {
      return all.stream().map(Node::datacenter).distinct().sorted().toList();
    }
  }

  private static final Node A = new FakeNode("a", "dc1", true, 0, 100);
  private static final Node B = new FakeNode("b", "dc1", true, 5, 10);
  private static final Node C = new FakeNode("c", "dc1", false, 0, 1);
  private static final Node D = new FakeNode("d", "dc2", true, 0, 1);

  private static List<Node> plan(LoadBalancingPolicy policy, List<Node> owners, Consistency level) {
    QueryPlan plan = policy.plan(new FakeRouting(List.of(A, B, C, D), owners, level));
    List<Node> nodes = new ArrayList<>();
    for (Node node = plan.next(); node != null; node = plan.next()) {
      nodes.add(node);
    }
    assertThat(plan.next()).isNull();
    return nodes;
  }

  @Test
  void replicasFirstThenTheDataCentreThenTheOthersIfWanted() {
    DatacenterPolicy policy = DatacenterPolicy.of(nodes -> 0).preferring("dc1");
    assertThat(plan(policy, List.of(), Consistency.ONE)).containsExactly(A, B);
    assertThat(plan(policy, List.of(B, D), Consistency.ONE)).containsExactly(B, A);
    assertThat(plan(policy.failingOver(), List.of(B), Consistency.ONE)).containsExactly(B, A, D);
    assertThat(plan(policy.failingOver(), List.of(B), Consistency.LOCAL_ONE)).containsExactly(B, A);
    assertThat(plan(policy.withoutTokens(), List.of(B), Consistency.ONE)).containsExactly(A, B);
    assertThat(plan(policy.everywhere(), List.of(D), Consistency.ONE)).containsExactly(D, A, B);
    assertThat(policy.distance(D)).isEqualTo(LoadBalancingPolicy.Distance.IGNORED);
    assertThat(policy.failingOver().distance(D)).isEqualTo(LoadBalancingPolicy.Distance.REMOTE);
    assertThat(DatacenterPolicy.standard().inferring("dc2").distance(A))
        .isEqualTo(LoadBalancingPolicy.Distance.IGNORED);
    assertThat(policy.inferring("dc2").distance(A)).isEqualTo(LoadBalancingPolicy.Distance.LOCAL);
  }

  @Test
  void choices() {
    List<Node> two = List.of(A, B);
    assertThat(NodeChoice.leastBusy().choose(two)).isZero();
    assertThat(
            NodeChoice.latencyWeighted().choose(List.of(A, new FakeNode("e", "dc1", true, 0, 9))))
        .isEqualTo(1);
    // Sixty for the one that is quick and busy, a hundred for the other.
    assertThat(NodeChoice.latencyWeighted().choose(two)).isEqualTo(1);
    assertThat(NodeChoice.leastBusy().choose(List.of(C, B))).isEqualTo(1);
    NodeChoice turns = NodeChoice.roundRobin();
    assertThat(List.of(turns.choose(two), turns.choose(two), turns.choose(two)))
        .containsExactly(0, 1, 0);
    Set<Integer> drawn = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      drawn.add(NodeChoice.random().choose(two));
    }
    assertThat(drawn).containsExactlyInAnyOrder(0, 1);
  }

  private static RetryPolicy.Decision decide(ErrorCode code, ErrorDetails details, int retries) {
    return RetryPolicy.standard().decide(new ServerException(code, "", details, null), retries);
  }

  @Test
  void retriesOnlyWhereItCanHelp() {
    Consistency one = Consistency.ONE;
    assertThat(decide(ErrorCode.READ_TIMEOUT, new ErrorDetails.ReadTimeout(one, 2, 2, false), 0))
        .isEqualTo(RetryPolicy.Decision.SAME_NODE);
    assertThat(decide(ErrorCode.READ_TIMEOUT, new ErrorDetails.ReadTimeout(one, 1, 2, false), 0))
        .isEqualTo(RetryPolicy.Decision.FAIL);
    assertThat(
            decide(
                ErrorCode.WRITE_TIMEOUT,
                new ErrorDetails.WriteTimeout(one, 0, 1, WriteType.BATCH_LOG, 0),
                0))
        .isEqualTo(RetryPolicy.Decision.SAME_NODE);
    assertThat(
            decide(
                ErrorCode.WRITE_TIMEOUT,
                new ErrorDetails.WriteTimeout(one, 0, 1, WriteType.SIMPLE, 0),
                0))
        .isEqualTo(RetryPolicy.Decision.FAIL);
    assertThat(decide(ErrorCode.UNAVAILABLE, new ErrorDetails.Unavailable(one, 2, 1), 0))
        .isEqualTo(RetryPolicy.Decision.NEXT_NODE);
    assertThat(decide(ErrorCode.UNAVAILABLE, new ErrorDetails.Unavailable(one, 2, 1), 1))
        .isEqualTo(RetryPolicy.Decision.FAIL);
    assertThat(decide(ErrorCode.SYNTAX_ERROR, null, 0)).isEqualTo(RetryPolicy.Decision.FAIL);
    assertThat(RetryPolicy.standard().decide(new ConnectionException("", null, true, null), 3))
        .isEqualTo(RetryPolicy.Decision.NEXT_NODE);
    assertThat(RetryPolicy.standard().decide(new RequestTimeoutException(Duration.ZERO, null), 0))
        .isEqualTo(RetryPolicy.Decision.FAIL);
  }

  @Test
  void reconnectionsTakeLongerAndLonger() {
    ReconnectionPolicy policy =
        ReconnectionPolicy.exponential(Duration.ofMillis(100), Duration.ofSeconds(10));
    assertThat(policy.delay(1)).isBetween(Duration.ofMillis(83), Duration.ofMillis(117));
    assertThat(policy.delay(4)).isBetween(Duration.ofMillis(666), Duration.ofMillis(934));
    for (int failures : new int[] {8, 100, Integer.MAX_VALUE}) {
      assertThat(policy.delay(failures)).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(12));
    }
  }

  private static final class Request implements ThrottlingPolicy.Throttled {
    private final Runnable onProceed;

    Request(Runnable onProceed) {
      this.onProceed = onProceed;
    }

    @Override
    public void proceed() {
      onProceed.run();
    }

    @Override
    public void refuse(String reason) {
      throw new IllegalStateException(reason);
    }

    @Override
    public boolean isAbandoned() {
      return false;
    }
  }

  @Test
  void aLongQueueOfRequestsThatFailAtOnceIsNoDeepStack() {
    ThrottlingPolicy throttle = ThrottlingPolicy.concurrent(1, 100_000);
    AtomicInteger begun = new AtomicInteger();
    throttle.register(new Request(() -> {}));
    for (int i = 0; i < 100_000; i++) {
      throttle.register(
          new Request(
              () -> {
                begun.incrementAndGet();
                throttle.done();
              }));
    }
    throttle.done();
    assertThat(begun).hasValue(100_000);
  }

  @Test
  void aRateIsKept() throws InterruptedException {
    ThrottlingPolicy throttle = ThrottlingPolicy.rate(1000, 1000);
    CountDownLatch begun = new CountDownLatch(300);
    long start = System.nanoTime();
    for (int i = 0; i < 300; i++) {
      throttle.register(new Request(begun::countDown));
    }
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    // A twentieth of a second's are let through at once.
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(240));
  }
}

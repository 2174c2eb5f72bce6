package io.ilion.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.run.LoadRun;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.ServerWatch;
import io.ilion.bench.load.spread.Agent;
import io.ilion.bench.load.spread.AgentGroup;
import io.ilion.bench.load.spread.Link;
import io.ilion.bench.load.spread.Message;
import io.ilion.bench.load.spread.SharedSecret;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.bench.load.workload.Workload;
import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Settings;
import io.ilion.tools.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several agents, each with a session of its own, that are one run. */
@Timeout(60)
class AgentsTest {
  @TempDir private static Path directory;
  private static Node node;
  private static Session session;

  @BeforeAll
  static void start() throws IOException {
    node = Node.start(TestNode.settings(directory.resolve("data")).with(Settings.HTTP_PORT, -1));
    session = connect();
  }

  private static Session connect() {
    return TestNode.connect(node);
  }

  @AfterAll
  static void stop() {
    session.close();
    node.close();
  }

  /** A link to somebody who does this at its other end. */
  private static Link linkTo(String name, Consumer<Link> peer) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Socket ours = new Socket(server.getInetAddress(), server.getLocalPort());
      Socket theirs = server.accept();
      Link its = new Link("the leader", theirs.getInputStream(), theirs.getOutputStream(), theirs);
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                peer.accept(its);
                its.close();
              });
      return new Link(name, ours.getInputStream(), ours.getOutputStream(), ours);
    }
  }

  private static void serve(Link leader) {
    try {
      new Agent(leader, arguments -> connect(), null, () -> {}).serve();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Message.Job job(String workload, Map<String, String> parameters) {
    return new Message.Job(
        workload, NamedWorkloads.source(workload), parameters, 5, 0, 1, List.of());
  }

  @Test
  void agentsAreOneRun() throws Exception {
    Map<String, String> parameters = Map.of("rows", "500", "keyspace", "shared");
    Workload workload = NamedWorkloads.find("ycsb-d", parameters);
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      links.add(linkTo("agent " + i, AgentsTest::serve));
    }
    try (AgentGroup group = new AgentGroup(links, null)) {
      group.prepare(job("ycsb-d", parameters));
      LoadRun run = new LoadRun(session, workload, 5, new ServerWatch(List.of()), group, 3);
      run.createSchema();
      PhaseOptions all = PhaseOptions.closedLoop(0, 8);
      assertThat(run.populate(all, sample -> {}).total().count()).isEqualTo(500);
      assertThat(rows()).isEqualTo(500);
      RunResult result = run.run(PhaseOptions.closedLoop(1000, 8), null, sample -> {});
      assertThat(result.total().errors()).isEmpty();
      assertThat(result.total().count()).isEqualTo(1000);
      long inserted = result.byName("insert").count();
      assertThat(inserted).isBetween(10L, 200L);
      // Each made records of its own.
      assertThat(rows()).isEqualTo(500 + inserted);
      assertThat(result.settings()).containsEntry("processes", "3");
      assertThat(
              result.samples().stream()
                  .flatMap(sample -> sample.statements().values().stream())
                  .mapToLong(statement -> statement.count())
                  .sum())
          .isEqualTo(1000);
    }
  }

  private static Consumer<Link> serving(String secret) {
    return leader -> {
      try {
        SharedSecret known = secret == null ? null : new SharedSecret(secret);
        new Agent(leader, arguments -> connect(), known, () -> {}).serve();
      } catch (BenchException e) {
        // The leader is told why, and hears it.
        assertThat(e).hasMessageContaining("secret");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private static void prepare(String ofLeader, String ofAgent) throws Exception {
    Link link = linkTo("agent", serving(ofAgent));
    SharedSecret secret = ofLeader == null ? null : new SharedSecret(ofLeader);
    try (AgentGroup group = new AgentGroup(List.of(link), secret)) {
      group.prepare(job("key-value", Map.of()));
    }
  }

  @Test
  void leaderAndAgentHaveToKnowOneSecret() throws Exception {
    prepare("a secret of some length", "a secret of some length");
    assertThatThrownBy(() -> prepare("a secret of some length", "another secret of it"))
        .hasMessage("agent: the leader does not know the secret of this agent");
    assertThatThrownBy(() -> prepare(null, "a secret of some length"))
        .hasMessage("agent wants a secret: --secret-file has it");
    assertThatThrownBy(() -> prepare("a secret of some length", null))
        .hasMessageContaining("agent has no secret");
    assertThatThrownBy(() -> new SharedSecret("too short"))
        .hasMessageContaining("at least 16 characters");
  }

  @Test
  void anAgentThatIsNoneIsNotGivenAJob() throws Exception {
    Link liar =
        linkTo(
            "agent",
            link -> {
              link.send(new Message.Hello(Message.PROTOCOL, new byte[32]));
              Message.Proof proof = (Message.Proof) link.receive();
              // What the leader sent proves nothing of an agent.
              link.send(new Message.Proof(null, proof.proof()));
              assertThat(link.receive()).isNull();
            });
    SharedSecret secret = new SharedSecret("a secret of some length");
    try (AgentGroup group = new AgentGroup(List.of(liar), secret)) {
      assertThatThrownBy(() -> group.prepare(job("key-value", Map.of())))
          .hasMessage("agent does not know the secret");
    }
  }

  private static long rows() {
    return session.execute("SELECT count(*) FROM shared.usertable").one().getLong(0);
  }

  @Test
  void anAgentThatGoesAwayEndsTheRun() throws Exception {
    Link honest = linkTo("agent one", AgentsTest::serve);
    Link gone =
        linkTo(
            "agent two",
            link -> {
              link.send(new Message.Hello(Message.PROTOCOL, null));
              link.receive();
              link.send(new Message.Ready());
              link.receive();
            });
    try (AgentGroup group = new AgentGroup(List.of(honest, gone), null)) {
      group.prepare(job("counters", Map.of()));
      Workload workload = NamedWorkloads.find("counters", Map.of());
      LoadRun run = new LoadRun(session, workload, 5, new ServerWatch(List.of()), group, 2);
      run.createSchema();
      assertThatThrownBy(
              () -> run.run(PhaseOptions.closedLoop(1_000_000_000, 2), null, sample -> {}))
          .isInstanceOf(BenchException.class)
          .hasMessageContaining("agent two has gone away");
    }
  }

  @Test
  void whatAnAgentCannotDoIsSaid() throws Exception {
    Link other = linkTo("agent old", link -> link.send(new Message.Hello(77, null)));
    try (AgentGroup group = new AgentGroup(List.of(other), null)) {
      assertThatThrownBy(() -> group.prepare(job("counters", Map.of())))
          .hasMessageContaining("agent old speaks version 77");
    }
    Link stranger = linkTo("agent web", link -> link.send(new Message.Failed("it is busy")));
    try (AgentGroup group = new AgentGroup(List.of(stranger), null)) {
      assertThatThrownBy(() -> group.prepare(job("counters", Map.of())))
          .hasMessage("agent web: it is busy");
    }
  }

  @Test
  void anotherServiceIsNoAgent() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket ours = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket theirs = server.accept()) {
      theirs.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes("US-ASCII"));
      Link link = new Link("agent web", ours.getInputStream(), ours.getOutputStream(), ours);
      assertThatThrownBy(link::receive).hasMessageContaining("agent web speaks something else");
    }
  }
}

package io.ilion.bench.load.spread;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.run.LoadWorker;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.ProcessInterval;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Several agents that are one worker: each does its part of the operations, and what they did in
 * the same second is added up. If one goes away, the run is over for all.
 */
public final class AgentGroup implements LoadWorker, AutoCloseable {
  /** An agent says something every second, but while it waits for the last answers. */
  private static final long PATIENCE_SECONDS = 30;

  private static final int MOST_WAITING = 10_000;

  private final List<Link> agents;
  private final SharedSecret secret;
  private final BlockingQueue<Said> said = new LinkedBlockingQueue<>(MOST_WAITING);

  /** What an agent said, or why it says nothing any more. */
  private record Said(int agent, Message message, BenchException gone) {}

  /**
   * Agents at the other ends of links, which are closed with the group.
   *
   * @param secret that the agents have to know; null if they have none
   */
  public AgentGroup(List<Link> agents, SharedSecret secret) {
    this.agents = List.copyOf(agents);
    this.secret = secret;
    for (int i = 0; i < agents.size(); i++) {
      int number = i;
      Thread.ofPlatform().name("agent-" + i).daemon().start(() -> listen(number));
    }
  }

  private void listen(int number) {
    Link agent = agents.get(number);
    try {
      while (true) {
        Said next;
        try {
          Message message = agent.receive();
          next = new Said(number, message, message == null ? gone(agent) : null);
        } catch (BenchException e) {
          next = new Said(number, null, e);
        }
        said.put(next);
        if (next.gone() != null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static BenchException gone(Link agent) {
    return new BenchException(agent.peer() + " has gone away: it closed the connection");
  }

  private Said next(long patienceNanos) throws InterruptedException {
    Said next = said.poll(patienceNanos, TimeUnit.NANOSECONDS);
    if (next == null) {
      throw new BenchException(
          "no agent has said anything for %d s".formatted(patienceNanos / 1_000_000_000));
    }
    if (next.gone() != null) {
      throw next.gone();
    }
    if (next.message() instanceof Message.Failed failed) {
      throw new BenchException(agents.get(next.agent()).peer() + ": " + failed.reason());
    }
    return next;
  }

  /**
   * Gives each agent its part of a job, and waits until all are connected.
   *
   * @param job the same for all but for the part
   */
  public void prepare(Message.Job job) throws InterruptedException {
    int missing = 2 * agents.size();
    byte[][] ofAgents = new byte[agents.size()][];
    byte[] ofLeader = secret == null ? null : secret.challenge();
    while (missing > 0) {
      Said next = next(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
      Link agent = agents.get(next.agent());
      if (next.message() instanceof Message.Hello hello) {
        if (hello.protocol() != Message.PROTOCOL) {
          throw new BenchException(
              "%s speaks version %d of the protocol, and this is version %d: use one release"
                  .formatted(agent.peer(), hello.protocol(), Message.PROTOCOL));
        }
        ofAgents[next.agent()] = hello.challenge();
        if (secret == null && hello.challenge() == null) {
          agent.send(part(job, next.agent()));
        } else {
          agent.send(proof(agent, hello.challenge(), ofLeader));
        }
      } else if (next.message() instanceof Message.Proof proof && secret != null) {
        if (!secret.isProof(proof.proof(), Agent.AGENT, ofAgents[next.agent()], ofLeader)) {
          throw new BenchException(agent.peer() + " does not know the secret");
        }
        agent.send(part(job, next.agent()));
        continue;
      } else if (!(next.message() instanceof Message.Ready)) {
        throw unexpected(next);
      }
      missing--;
    }
  }

  private Message.Job part(Message.Job job, int number) {
    return new Message.Job(
        job.workload(),
        job.yaml(),
        job.parameters(),
        job.seed(),
        number,
        agents.size(),
        job.connection());
  }

  private Message.Proof proof(Link agent, byte[] ofAgent, byte[] ofLeader) {
    if (secret == null) {
      throw new BenchException(agent.peer() + " wants a secret: --secret-file has it");
    }
    if (ofAgent == null) {
      // Credentials are about to be sent, so it has to be the one that is meant.
      throw new BenchException(
          agent.peer() + " has no secret: it has to be started with --secret-file, too");
    }
    return new Message.Proof(ofLeader, secret.proof(Agent.LEADER, ofAgent, ofLeader));
  }

  private BenchException unexpected(Said said) {
    return new BenchException(
        agents.get(said.agent()).peer() + " sent a message that has no place here");
  }

  @Override
  public void run(Part part, PhaseOptions options, Consumer<ProcessInterval> observer)
      throws InterruptedException {
    if (options.concurrency() < agents.size()) {
      throw new BenchException(
          "%d processes cannot share a concurrency of %d"
              .formatted(agents.size(), options.concurrency()));
    }
    Message.Run run = Wire.run(part, options);
    agents.forEach(agent -> agent.send(run));
    List<Deque<ProcessInterval>> intervals = new ArrayList<>();
    agents.forEach(agent -> intervals.add(new ArrayDeque<>()));
    boolean[] done = new boolean[agents.size()];
    int running = agents.size();
    long patience = options.patience().plusSeconds(PATIENCE_SECONDS).toNanos();
    while (running > 0) {
      Said next = next(patience);
      if (next.message() instanceof Message.Interval interval) {
        intervals.get(next.agent()).add(Wire.interval(interval));
      } else if (next.message() instanceof Message.Done) {
        done[next.agent()] = true;
        running--;
      } else {
        throw unexpected(next);
      }
      report(intervals, done, observer);
    }
  }

  /** Reports the seconds of which all have told that still run. */
  private static void report(
      List<Deque<ProcessInterval>> intervals, boolean[] done, Consumer<ProcessInterval> observer) {
    while (true) {
      List<ProcessInterval> same = new ArrayList<>();
      for (int i = 0; i < done.length; i++) {
        if (!intervals.get(i).isEmpty()) {
          same.add(intervals.get(i).getFirst());
        } else if (!done[i]) {
          return;
        }
      }
      if (same.isEmpty()) {
        return;
      }
      intervals.forEach(Deque::pollFirst);
      observer.accept(ProcessInterval.merge(same));
    }
  }

  @Override
  public void stop() {
    for (Link agent : agents) {
      try {
        agent.send(new Message.Stop());
      } catch (BenchException e) {
        // It has gone away, which the run is told of by whoever listens to it.
        continue;
      }
    }
  }

  @Override
  public void close() {
    agents.forEach(Link::close);
  }
}

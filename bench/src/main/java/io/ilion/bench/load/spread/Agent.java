package io.ilion.bench.load.spread;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.run.LocalWorker;
import io.ilion.bench.load.workload.Workload;
import io.ilion.bench.load.workload.WorkloadReader;
import io.ilion.driver.Session;
import java.util.List;
import java.util.function.Function;

/**
 * Does a part of a run for a leader at the other end of a link, until that closes it. The leader's
 * going away ends what is running.
 */
public final class Agent {
  /** Who shows that it knows the secret: a proof of one is none of the other. */
  static final String LEADER = "leader";

  static final String AGENT = "agent";

  private final Link leader;
  private final Function<List<String>, Session> connect;
  private final SharedSecret secret;
  private final Runnable trusted;

  /**
   * An agent.
   *
   * @param connect makes a session of the options of a command line
   * @param secret that the leader has to know; null if anybody may lead
   * @param trusted told when the leader is known to be one
   */
  public Agent(
      Link leader, Function<List<String>, Session> connect, SharedSecret secret, Runnable trusted) {
    this.leader = leader;
    this.connect = connect;
    this.secret = secret;
    this.trusted = trusted;
  }

  /** Serves the leader until it goes away. */
  public void serve() throws InterruptedException {
    byte[] challenge = secret == null ? null : secret.challenge();
    leader.send(new Message.Hello(Message.PROTOCOL, challenge));
    Message first = leader.receive();
    if (first != null && secret != null) {
      if (!(first instanceof Message.Proof proof)
          || !secret.isProof(proof.proof(), LEADER, challenge, proof.challenge())) {
        leader.send(new Message.Failed("the leader does not know the secret of this agent"));
        throw new BenchException(leader.peer() + " does not know the secret");
      }
      byte[] own = secret.proof(AGENT, challenge, proof.challenge());
      leader.send(new Message.Proof(null, own));
      first = leader.receive();
    }
    if (first == null) {
      return;
    }
    if (!(first instanceof Message.Job job)) {
      leader.send(new Message.Failed("a job was expected"));
      return;
    }
    trusted.run();
    try (Session session = connect.apply(job.connection())) {
      Workload workload = WorkloadReader.read(job.workload(), job.yaml(), job.parameters());
      LocalWorker worker = new LocalWorker(session, workload, job.seed(), job.part(), job.parts());
      leader.send(new Message.Ready());
      serve(worker);
    } catch (RuntimeException e) {
      leader.send(new Message.Failed(String.valueOf(e.getMessage())));
    }
  }

  private void serve(LocalWorker worker) throws InterruptedException {
    Thread running = null;
    try {
      for (Message next = leader.receive(); next != null; next = leader.receive()) {
        if (next instanceof Message.Stop) {
          worker.stop();
          continue;
        }
        if (!(next instanceof Message.Run run)) {
          throw new BenchException("a message that has no place here");
        }
        if (running != null) {
          // It has said that it is done, and is about to end.
          running.join();
        }
        running = Thread.ofPlatform().name("phase").daemon().start(() -> phase(worker, run));
      }
    } finally {
      worker.stop();
      if (running != null) {
        running.join();
      }
    }
  }

  private void phase(LocalWorker worker, Message.Run run) {
    try {
      worker.run(run.part(), Wire.options(run), interval -> leader.send(Wire.interval(interval)));
      leader.send(new Message.Done());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      worker.stop();
      tell(e);
    }
  }

  /** Says what went wrong, if there is still somebody to hear it. */
  private void tell(RuntimeException failure) {
    try {
      leader.send(new Message.Failed(String.valueOf(failure.getMessage())));
    } catch (BenchException gone) {
      failure.addSuppressed(gone);
    }
  }
}

package io.ilion.bench.load.spread;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.ilion.bench.load.run.LoadWorker;
import java.util.List;
import java.util.Map;

/**
 * What the leader of a run and its agents say to each other. The agent says {@link Hello} first; if
 * that has a challenge, the leader answers with a {@link Proof}, and the agent with its own. The
 * leader says {@link Job}, which is answered with {@link Ready}; then {@link Run} for each phase,
 * which is answered with an {@link Interval} about once a second and {@link Done}; {@link Stop}
 * ends a phase before its time. Whatever cannot be done is answered with {@link Failed}. Who ends
 * the connection ends the run.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
  @JsonSubTypes.Type(value = Message.Proof.class, name = "proof"),
  @JsonSubTypes.Type(value = Message.Job.class, name = "job"),
  @JsonSubTypes.Type(value = Message.Ready.class, name = "ready"),
  @JsonSubTypes.Type(value = Message.Run.class, name = "run"),
  @JsonSubTypes.Type(value = Message.Stop.class, name = "stop"),
  @JsonSubTypes.Type(value = Message.Interval.class, name = "interval"),
  @JsonSubTypes.Type(value = Message.Done.class, name = "done"),
  @JsonSubTypes.Type(value = Message.Failed.class, name = "failed")
})
public sealed interface Message {
  /** The version of all of this: both sides have to be of the same. */
  int PROTOCOL = 3;

  /**
   * An agent is there.
   *
   * @param challenge what a leader has to prove itself with; null if the agent has no secret
   */
  record Hello(int protocol, byte[] challenge) implements Message {}

  /**
   * Shows that one knows the {@link SharedSecret}.
   *
   * @param challenge of the leader; null from an agent
   */
  record Proof(byte[] challenge, byte[] proof) implements Message {}

  /**
   * What an agent will be asked to do.
   *
   * @param workload its name, from which values follow
   * @param yaml its text
   * @param parameters what those of the workload are to be
   * @param seed from which all values follow
   * @param part of the operations that are the agent's
   * @param parts how many processes there are
   * @param connection options of the command line that say how to connect
   */
  record Job(
      String workload,
      String yaml,
      Map<String, String> parameters,
      long seed,
      int part,
      int parts,
      List<String> connection)
      implements Message {}

  /** The agent is connected, and waits to run. */
  record Ready() implements Message {}

  /** A phase begins; the options are those of all processes together. */
  record Run(
      LoadWorker.Part part,
      long warmUpNanos,
      long durationNanos,
      long cycles,
      String rate,
      boolean poisson,
      int concurrency,
      int dispatchers,
      long patienceNanos)
      implements Message {}

  /** The phase ends now, and the run with it. */
  record Stop() implements Message {}

  /** What was done in about a second. */
  record Interval(
      long fromNanos,
      long toNanos,
      int underWay,
      double processorSeconds,
      List<Statement> statements)
      implements Message {}

  /** What one statement did; the histograms are compressed by HdrHistogram. */
  record Statement(
      String name, byte[] response, byte[] service, long rows, Map<String, Long> errors) {}

  /** The phase has ended. */
  record Done() implements Message {}

  /** It cannot be done. */
  record Failed(String reason) implements Message {}
}

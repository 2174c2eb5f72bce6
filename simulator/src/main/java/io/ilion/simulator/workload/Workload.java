package io.ilion.simulator.workload;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Something that clients do all the time, while it is known which answers they may get. An answer
 * that cannot be is a violation, and fails the stage with a {@link ViolationException}.
 */
public interface Workload {

  /** The workload's name, for reports. */
  String name();

  /**
   * The statements that make its tables, in a keyspace that is there.
   *
   * @param keyspace its name
   */
  List<String> tables(String keyspace);

  /** Lets a client do one thing; completes with how it ended when the client knows, or gives up. */
  CompletionStage<Outcome> operate(Session session);

  /** A node has failed just now: what was not acknowledged may be lost, also if it was seen. */
  default void nodeFailed() {}

  /** Once all faults are mended and nobody works any more: looks whether all is there. */
  CompletionStage<Void> verify(Session session);

  /** How an operation ended. */
  enum Outcome {
    /** It was done. */
    DONE,
    /** It was refused: it has no effect. */
    REFUSED,
    /** It failed or had no answer, and may have an effect or not. */
    UNKNOWN
  }

  /** The cluster did what it must not do. */
  final class ViolationException extends RuntimeException {
    /** Says what. */
    public ViolationException(String message) {
      super(message);
    }
  }
}

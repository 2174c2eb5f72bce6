package io.ilion.coordinator.replica;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.runtime.NodeAddress;
import java.util.Map;
import java.util.stream.Collectors;

/** Fewer replicas did what they were asked than a consistency level wants. */
public abstract class TooFewAnswersException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int received;
  private final int blockFor;

  /** Says how many answered of those that were waited for. */
  protected TooFewAnswersException(
      ErrorCode code, String message, Consistency level, int received, int blockFor) {
    super(code, message);
    this.level = level;
    this.received = received;
    this.blockFor = blockFor;
  }

  /** What clients are told when time is over. */
  protected static String late(int received) {
    return "Operation timed out - received only " + received + " responses.";
  }

  /** What clients are told when too many have failed. */
  protected static String failed(int received, Map<NodeAddress, FailureReason> reasons) {
    return String.format(
        "Operation failed - received %d responses and %d failures: %s",
        received,
        reasons.size(),
        reasons.entrySet().stream()
            .map(e -> e.getValue() + " from /" + e.getKey())
            .collect(Collectors.joining(", ")));
  }

  /** The level that was asked for. */
  public final Consistency level() {
    return level;
  }

  /** How many replicas answered. */
  public final int received() {
    return received;
  }

  /** How many had to. */
  public final int blockFor() {
    return blockFor;
  }
}

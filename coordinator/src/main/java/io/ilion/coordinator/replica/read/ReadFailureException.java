package io.ilion.coordinator.replica.read;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.runtime.NodeAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** So many replicas failed that a read cannot reach its level. */
public final class ReadFailureException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int received;
  private final int blockFor;
  private final boolean dataPresent;
  private final transient Map<NodeAddress, FailureReason> reasons;

  /** Says how many answered, and who failed and why. */
  public ReadFailureException(
      Consistency level,
      int received,
      int blockFor,
      boolean dataPresent,
      Map<NodeAddress, FailureReason> reasons) {
    super(
        ErrorCode.READ_FAILURE,
        String.format(
            "Operation failed - received %d responses and %d failures: %s",
            received,
            reasons.size(),
            reasons.entrySet().stream()
                .map(e -> e.getValue() + " from /" + e.getKey())
                .collect(Collectors.joining(", "))));
    this.level = level;
    this.received = received;
    this.blockFor = blockFor;
    this.dataPresent = dataPresent;
    this.reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
  }

  /** The level that was asked for. */
  public Consistency level() {
    return level;
  }

  /** How many replicas answered. */
  public int received() {
    return received;
  }

  /** How many had to. */
  public int blockFor() {
    return blockFor;
  }

  /** Whether one of the answers had the data, and not only a digest. */
  public boolean dataPresent() {
    return dataPresent;
  }

  /** The replicas that failed, and why. */
  public Map<NodeAddress, FailureReason> reasons() {
    return reasons;
  }
}

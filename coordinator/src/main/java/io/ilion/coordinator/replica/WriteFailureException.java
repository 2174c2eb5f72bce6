package io.ilion.coordinator.replica;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.runtime.NodeAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** So many replicas failed that a write cannot reach its level. Others may have made it. */
public final class WriteFailureException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int received;
  private final int blockFor;
  private final WriteType type;
  private final transient Map<NodeAddress, FailureReason> reasons;

  /** Says how many answered, and who failed and why. */
  public WriteFailureException(
      Consistency level,
      int received,
      int blockFor,
      WriteType type,
      Map<NodeAddress, FailureReason> reasons) {
    super(
        ErrorCode.WRITE_FAILURE,
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
    this.type = type;
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

  /** The kind of write. */
  public WriteType type() {
    return type;
  }

  /** The replicas that failed, and why. */
  public Map<NodeAddress, FailureReason> reasons() {
    return reasons;
  }
}

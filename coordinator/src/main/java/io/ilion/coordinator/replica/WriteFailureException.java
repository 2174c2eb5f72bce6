package io.ilion.coordinator.replica;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.runtime.NodeAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** So many replicas failed that a write cannot reach its level. Others may have made it. */
public final class WriteFailureException extends TooFewAnswersException {
  private static final long serialVersionUID = 1L;

  private final WriteType type;
  private final transient Map<NodeAddress, FailureReason> reasons;

  /** Says how many answered, and who failed and why. */
  public WriteFailureException(
      Consistency level,
      int received,
      int blockFor,
      WriteType type,
      Map<NodeAddress, FailureReason> reasons) {
    super(ErrorCode.WRITE_FAILURE, failed(received, reasons), level, received, blockFor);
    this.type = type;
    this.reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
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

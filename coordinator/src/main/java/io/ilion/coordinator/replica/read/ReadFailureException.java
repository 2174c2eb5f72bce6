package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.replica.TooFewAnswersException;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.runtime.NodeAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** So many replicas failed that a read cannot reach its level. */
public final class ReadFailureException extends TooFewAnswersException {
  private static final long serialVersionUID = 1L;

  private final boolean dataPresent;
  private final transient Map<NodeAddress, FailureReason> reasons;

  /** Says how many answered, and who failed and why. */
  public ReadFailureException(
      Consistency level,
      int received,
      int blockFor,
      boolean dataPresent,
      Map<NodeAddress, FailureReason> reasons) {
    super(ErrorCode.READ_FAILURE, failed(received, reasons), level, received, blockFor);
    this.dataPresent = dataPresent;
    this.reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
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

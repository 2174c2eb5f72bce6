package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.replica.TooFewAnswersException;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;

/** Too few replicas answered a read in time. */
public final class ReadTimeoutException extends TooFewAnswersException {
  private static final long serialVersionUID = 1L;

  private final boolean dataPresent;

  /** Says how many of those that were waited for have answered. */
  public ReadTimeoutException(Consistency level, int received, int blockFor, boolean dataPresent) {
    super(ErrorCode.READ_TIMEOUT, late(received), level, received, blockFor);
    this.dataPresent = dataPresent;
  }

  /** Whether one of the answers had the data, and not only a digest. */
  public boolean dataPresent() {
    return dataPresent;
  }
}

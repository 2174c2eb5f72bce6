package io.ilion.protocol;

import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/** The fields that some errors have beside their message. */
public sealed interface ErrorDetails {

  /** UNAVAILABLE: not enough replicas are alive. */
  record Unavailable(Consistency consistency, int required, int alive) implements ErrorDetails {}

  /**
   * WRITE_TIMEOUT.
   *
   * @param contentions how often a conditional update met another; written for CAS in version 5
   */
  record WriteTimeout(
      Consistency consistency, int received, int blockFor, WriteType writeType, int contentions)
      implements ErrorDetails {}

  /** READ_TIMEOUT. */
  record ReadTimeout(Consistency consistency, int received, int blockFor, boolean dataPresent)
      implements ErrorDetails {}

  /**
   * READ_FAILURE.
   *
   * @param failures the reason code for each replica that failed; before version 5 only their
   *     number is sent, and read back as that many unnamed ones
   */
  record ReadFailure(
      Consistency consistency, int received, int blockFor, Failures failures, boolean dataPresent)
      implements ErrorDetails {}

  /** WRITE_FAILURE. */
  record WriteFailure(
      Consistency consistency, int received, int blockFor, Failures failures, WriteType writeType)
      implements ErrorDetails {}

  /** FUNCTION_FAILURE. */
  record FunctionFailure(String keyspace, String function, List<String> argumentTypes)
      implements ErrorDetails {}

  /** CAS_WRITE_UNKNOWN (version 5; before it a WRITE_TIMEOUT is sent). */
  record CasWriteUnknown(Consistency consistency, int received, int blockFor)
      implements ErrorDetails {}

  /** ALREADY_EXISTS; the table is empty when the keyspace is what exists. */
  record AlreadyExists(String keyspace, String table) implements ErrorDetails {}

  /** UNPREPARED. */
  record Unprepared(Digest id) implements ErrorDetails {}

  /**
   * The replicas that failed.
   *
   * @param count how many
   * @param reasons the reason code for each; empty when only the number is known
   */
  record Failures(int count, Map<InetAddress, Integer> reasons) {
    /** Failures whose replicas are known. */
    public static Failures of(Map<InetAddress, Integer> reasons) {
      return new Failures(reasons.size(), Map.copyOf(reasons));
    }
  }
}

package io.ilion.conformance.chaos;

import io.ilion.model.Consistency;
import io.ilion.simulator.workload.Workload.Outcome;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session of some driver with the whole cluster. */
public interface Client extends AutoCloseable {

  /**
   * Executes a statement; which node is asked, and what is tried again, is the driver's affair.
   *
   * @param idempotent whether executing it twice is the same as once
   * @return completes with the values of the rows, none if there is no result, or fails
   */
  CompletionStage<List<byte[][]>> execute(String cql, Consistency level, boolean idempotent);

  /**
   * What is known of a statement that failed.
   *
   * @return REFUSED or UNKNOWN, or null for what no cluster may answer, whatever happens to it
   */
  Outcome outcome(Throwable failure);

  @Override
  void close();
}

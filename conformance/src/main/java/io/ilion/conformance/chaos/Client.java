package io.ilion.conformance.chaos;

import io.ilion.model.Consistency;
import io.ilion.simulator.workload.Workload.Outcome;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session of some driver with the whole cluster. */
public interface Client extends AutoCloseable {

  /**
   * A page of a result.
   *
   * @param rows their values; none if there is no result
   * @param pagingState where the next page begins; null if there is none
   */
  record Page(List<byte[][]> rows, byte[] pagingState) {}

  /**
   * Which page is asked for.
   *
   * @param rows at most; 0 for as many as the driver asks for by default
   * @param pagingState where it begins; null for the first
   */
  record Paging(int rows, byte[] pagingState) {
    /** The first page, of as many rows as usual. */
    public static final Paging NONE = new Paging(0, null);
  }

  /**
   * Executes a statement; which node is asked, and what is tried again, is the driver's affair.
   *
   * @param idempotent whether executing it twice is the same as once
   * @return completes with the rows, or fails
   */
  CompletionStage<Page> execute(String cql, Consistency level, boolean idempotent, Paging paging);

  /**
   * What is known of a statement that failed.
   *
   * @return REFUSED or UNKNOWN, or null for what no cluster may answer, whatever happens to it
   */
  Outcome outcome(Throwable failure);

  /** Whether a server answered that what a statement names is not there, or is there already. */
  boolean isInvalid(Throwable failure);

  /** Whether the connection ended before there was an answer. */
  boolean isLost(Throwable failure);

  @Override
  void close();
}

package io.ilion.server;

import java.util.List;

/** Executes the requests of clients: QUERY, PREPARE, EXECUTE and BATCH. */
public interface CqlService {

  /**
   * Takes the requests that arrived together on one connection, in order. Called on the
   * connection's lane, which must not be blocked.
   *
   * <p>Each exchange has to be answered exactly once, at any later time, on any thread and in any
   * order. The way to be fast: sort the burst by the lane that owns the data, hand each lane its
   * part as one task, and answer there; the answers that one lane gives during one turn travel back
   * together by themselves.
   *
   * @param burst the requests; the list is the callee's
   */
  void execute(List<Exchange> burst);

  /** So many requests were refused because there are too many; they are not executed. */
  default void refused(int requests) {}

  /**
   * A connection was closed. Its exchanges may still be answered; the answers go nowhere. Called on
   * the connection's lane.
   */
  default void closed(ClientState client) {}
}

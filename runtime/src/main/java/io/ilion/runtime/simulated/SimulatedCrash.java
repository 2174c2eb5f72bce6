package io.ilion.runtime.simulated;

/**
 * The node ended in the middle of this call. It is an error, so that logic which handles failures
 * does not take it for one; the world catches it, and the node runs no further task.
 */
public final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1;

  /** Says where the node ended. */
  SimulatedCrash(String where) {
    super("the node ended at " + where, null, false, false);
  }
}

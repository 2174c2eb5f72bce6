package io.ilion.server;

/** Where a node is in its life, by the names that operators know. */
public enum NodeMode {
  /** It does not serve clients yet. */
  STARTING,
  /** It fetches what it will own. */
  JOINING,
  /** It replicates its ranges. */
  NORMAL,
  /** It still replicates its ranges, and those who will own them fetch them. */
  LEAVING,
  /** It has left its cluster for good, and serves nobody. */
  DECOMMISSIONED
}

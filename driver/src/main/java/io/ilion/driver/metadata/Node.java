package io.ilion.driver.metadata;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;

/** A node of the cluster, as far as the driver knows it. The figures are of this moment. */
public interface Node {
  /** Its id, which stays the same when its address changes. */
  UUID hostId();

  /** Where it serves CQL. */
  InetSocketAddress address();

  /** Its data centre. */
  String datacenter();

  /** Its rack. */
  String rack();

  /** The version of its software, such as 5.0.8. */
  String releaseVersion();

  /** Its tokens. */
  List<Long> tokens();

  /** Whether there is a connection to it. */
  boolean isUp();

  /** How many connections to it are open. */
  int connections();

  /** How many of our requests it has not answered. */
  int inFlight();

  /** How long its answers took lately, in nanoseconds; 0 when nothing is known. */
  long latencyNanos();

  /** How many shards (lanes) it has; 1 if it does not say. */
  int shardCount();
}

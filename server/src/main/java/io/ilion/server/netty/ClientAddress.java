package io.ilion.server.netty;

/**
 * What the connections from one IP address share. The number of connections is the listener's, by
 * its map; each lane has a share of the budget for as long as it owns one of the connections.
 *
 * @param connections that are open
 * @param budget for the requests of all of them
 */
record ClientAddress(int connections, RequestBudget budget) {
  /** With another connection, or one less. */
  ClientAddress with(int more) {
    return new ClientAddress(connections + more, budget);
  }
}

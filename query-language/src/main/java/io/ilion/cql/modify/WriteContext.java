package io.ilion.cql.modify;

import io.ilion.cql.term.Evaluation;

/**
 * With what a statement writes.
 *
 * @param timestamp of its cells, in microseconds
 * @param timeToLive of its cells in seconds, 0 for ever
 * @param nowSeconds the time of the request in seconds since 1970
 */
record WriteContext(Evaluation evaluation, long timestamp, int timeToLive, long nowSeconds) {
  long expiresAt() {
    return timeToLive == 0 ? 0 : nowSeconds + timeToLive;
  }
}

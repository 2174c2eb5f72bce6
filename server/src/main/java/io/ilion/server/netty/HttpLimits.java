package io.ilion.server.netty;

import java.time.Duration;

/**
 * What HTTP clients can make a node hold, and for how long.
 *
 * @param connections that are open at once
 * @param bodyBytes of one request
 * @param receive how long a request may take to arrive, from its first byte
 * @param idle how long a connection may wait for its next request
 * @param answer how long an answer may take to be found
 * @param send how long an answer may take to be taken
 * @param linger how long a client may take to hear that the connection ends
 */
record HttpLimits(
    int connections,
    int bodyBytes,
    Duration receive,
    Duration idle,
    Duration answer,
    Duration send,
    Duration linger) {
  /** Enough for some operators and those who watch, and for who sends SSTables in pieces. */
  static final HttpLimits DEFAULT =
      new HttpLimits(
          64,
          256 << 10,
          Duration.ofSeconds(10),
          Duration.ofMinutes(2),
          Duration.ofMinutes(1),
          Duration.ofSeconds(30),
          Duration.ofSeconds(2));
}

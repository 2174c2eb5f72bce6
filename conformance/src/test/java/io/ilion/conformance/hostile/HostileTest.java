package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** What the tests of bad input have in common: a node that is well after each of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HostileTest {
  static final int SERVER_ERROR = 0x0000;
  static final int PROTOCOL_ERROR = 0x000a;
  static final int OVERLOADED = 0x1001;
  static final int SYNTAX_ERROR = 0x2000;
  static final int INVALID = 0x2200;

  private HostileNode node;

  HostileNode node() {
    return node;
  }

  /** The options that the node is started with. */
  String[] options() {
    return new String[0];
  }

  Peer peer(String... startup) throws IOException {
    return Peer.ready(node.address(), startup);
  }

  @BeforeAll
  void start() throws IOException {
    node = HostileNode.start(options());
    try (Peer peer = peer()) {
      peer.demand(
          Frame.query("CREATE TABLE witness.wide (k int PRIMARY KEY, v text)"), Frame.RESULT);
    }
  }

  @AfterEach
  void demandHealth() throws IOException {
    node.demandHealth();
  }

  @AfterAll
  void stop() throws IOException {
    if (node != null) {
      node.close();
    }
    assertThat(node).isNotNull();
  }
}

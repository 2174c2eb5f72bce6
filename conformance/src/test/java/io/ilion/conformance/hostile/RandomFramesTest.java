package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random and mutated frames: 100,000 of them, or {@code -Dilion.hostile.frames=N}, from the seed
 * {@code -Dilion.seed=N}.
 */
class RandomFramesTest {
  private static final int CLIENTS = 4;
  private static final int FRAMES_IN_A_CONNECTION = 50;

  @Test
  void theNodeServesOthersAllTheWhile() throws Exception {
    long frames = Long.getLong("ilion.hostile.frames", 100_000);
    long seed = Long.getLong("ilion.seed", 20261121);
    SplittableRandom random = new SplittableRandom(seed);
    try (HostileNode node = HostileNode.start();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      prepareSchema(node);
      long connections = frames / FRAMES_IN_A_CONNECTION / CLIENTS;
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        results.add(clients.submit(() -> attack(node, new FrameMutator(own), connections)));
      }
      for (Future<Integer> result : results) {
        assertThat(await(result)).as("connections that stay open, seed %s", seed).isZero();
      }
      node.demandHealth();
    }
  }

  private static int await(Future<Integer> result) throws Exception {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private static void prepareSchema(HostileNode node) throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      for (String cql :
          List.of(
              "CREATE KEYSPACE hostile WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': 1}",
              "CREATE TABLE hostile.t (k int, c int, v map<text, frozen<list<double>>>,"
                  + " PRIMARY KEY (k, c))")) {
        assertThat(peer.ask(Frame.query(cql)).opcode()).isEqualTo(Frame.RESULT);
      }
    }
  }

  /** The number of connections that the server did not close after the client had. */
  private static int attack(HostileNode node, FrameMutator mutator, long connections)
      throws IOException {
    int open = 0;
    for (long i = 0; i < connections; i++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      boolean inSegments = i % 4 == 1;
      if (inSegments) {
        bytes.write(Frame.startup(5));
      } else if (i % 4 != 0) {
        bytes.write(Frame.startup());
      }
      for (int j = 0; j < FRAMES_IN_A_CONNECTION; j++) {
        bytes.write(inSegments ? mutator.nextSegment() : mutator.next());
      }
      try (Peer peer = Peer.open(node.address())) {
        if (!peer.sendAndDrain(bytes.toByteArray())) {
          open++;
        }
      }
    }
    return open;
  }
}

package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private static final int FRAMES_IN_A_CONNECTION = 16;

  @Test
  void theNodeServesOthersAllTheWhile() throws Exception {
    long frames = Long.getLong("ilion.hostile.frames", 100_000);
    long seed = Long.getLong("ilion.seed", 20261121);
    SplittableRandom random = new SplittableRandom(seed);
    try (HostileNode node = HostileNode.start();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      prepareSchema(node);
      long connections = frames / FRAMES_IN_A_CONNECTION / CLIENTS;
      List<Future<Outcome>> results = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        results.add(clients.submit(() -> attack(node, new FrameMutator(own), connections)));
      }
      Map<Framing, Integer> answers = new EnumMap<>(Framing.class);
      for (Future<Outcome> result : results) {
        Outcome outcome = await(result);
        assertThat(outcome.open).as("connections that stay open, seed %s", seed).isZero();
        outcome.answers.forEach((framing, count) -> answers.merge(framing, count, Integer::sum));
      }
      // Where nothing is decoded, nothing but STARTUP is answered.
      long each = connections * CLIENTS / Framing.values().length;
      for (Framing framing : List.of(Framing.PLAIN, Framing.LZ4, Framing.SNAPPY)) {
        assertThat(answers.get(framing)).as("answers to %s", framing).isGreaterThan((int) each);
      }
      node.demandHealth();
    }
  }

  private static Outcome await(Future<Outcome> result) throws Exception {
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

  /** How a connection begins, and so what its frames look like. */
  private enum Framing {
    NO_STARTUP,
    PLAIN,
    SEGMENTS,
    LZ4,
    SNAPPY;

    byte[] startup() {
      return switch (this) {
        case NO_STARTUP -> new byte[0];
        case PLAIN -> Frame.startup();
        case SEGMENTS -> Frame.startup(5);
        case LZ4, SNAPPY -> Frame.startup("COMPRESSION", name().toLowerCase(Locale.ROOT));
      };
    }

    byte[] next(FrameMutator mutator) {
      return switch (this) {
        case NO_STARTUP, PLAIN -> mutator.next();
        case SEGMENTS -> mutator.nextSegment();
        case LZ4, SNAPPY -> mutator.nextCompressed(this == SNAPPY);
      };
    }
  }

  /**
   * What came of the connections.
   *
   * @param open of them the server did not close after the client had
   * @param answers as far as they were bare frames
   */
  private record Outcome(int open, Map<Framing, Integer> answers) {}

  private static Outcome attack(HostileNode node, FrameMutator mutator, long connections)
      throws IOException {
    int open = 0;
    Map<Framing, Integer> answers = new EnumMap<>(Framing.class);
    for (int i = 0; i < connections; i++) {
      Framing framing = Framing.values()[i % Framing.values().length];
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(framing.startup());
      for (int j = 0; j < FRAMES_IN_A_CONNECTION; j++) {
        bytes.write(framing.next(mutator));
      }
      try (Peer peer = Peer.open(node.address())) {
        int count = peer.sendAndCount(bytes.toByteArray());
        open += count < 0 ? 1 : 0;
        answers.merge(framing, Math.max(0, count), Integer::sum);
      }
    }
    return new Outcome(open, answers);
  }
}

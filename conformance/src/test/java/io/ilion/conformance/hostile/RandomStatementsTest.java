package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Mutated statements over a socket, executed or prepared: 5,000 of them, or {@code
 * -Dilion.hostile.statements=N}, from the seed {@code -Dilion.seed=N}. Each gets an answer on a
 * connection that stays open, and none finds an error that the node did not foresee.
 */
class RandomStatementsTest {
  private static final int SERVER_ERROR = 0;
  private static final Path FIXTURES = Path.of("src", "test", "resources", "cql");

  @Test
  void everyStatementIsAnswered() throws IOException {
    long statements = Long.getLong("ilion.hostile.statements", 5_000);
    long seed = Long.getLong("ilion.seed", 20261121);
    StatementMutator mutator = StatementMutator.of(FIXTURES, new SplittableRandom(seed));
    Map<String, String> unforeseen = new LinkedHashMap<>();
    try (HostileNode node = HostileNode.start();
        Peer peer = Peer.ready(node.address())) {
      peer.ask(
          Frame.query(
              "CREATE KEYSPACE mutated WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': 1}"));
      for (long i = 0; i < statements; i++) {
        if (i % 100 == 0) {
          peer.ask(Frame.query("USE mutated"));
        }
        String statement = mutator.next();
        Peer.Answer answer =
            peer.ask(i % 3 == 0 ? Frame.prepare(statement) : Frame.query(statement));
        assertThat(answer).as("the answer to [%s], seed %s", statement, seed).isNotNull();
        if (answer.errorCode() == SERVER_ERROR) {
          unforeseen.putIfAbsent(answer.message(), statement);
        }
      }
      assertThat(unforeseen).as("errors with the statements, seed %s", seed).isEmpty();
      node.demandHealth();
    }
  }
}

package io.ilion.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.differential.Comparison.Difference;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Random scenarios, put to a node of ours that is started anew between rounds, and to a referee:
 * Apache Cassandra at {@code -Dilion.referee=HOST:PORT}, or else a second node of ours with another
 * number of lanes that keeps all in memory. {@code -Dilion.seeds=FROM..TO} picks the seeds. All
 * differences stand in {@code target/differential.txt}.
 */
class DifferentialTest {
  private static final Path REPORT = Path.of("target", "differential.txt");
  private static final int SEEDS_AT_ONCE = 10;

  @Test
  void bothServersAnswerAlike() throws IOException {
    String[] seeds = System.getProperty("ilion.seeds", "1..4").split("\\.\\.");
    String referee = System.getProperty("ilion.referee");
    try (ServerProcess ours = node("3")) {
      if (referee == null) {
        try (ServerProcess other = node("1")) {
          run(seeds, ours, other.address());
        }
      } else {
        int colon = referee.lastIndexOf(':');
        int port = Integer.parseInt(referee.substring(colon + 1));
        run(seeds, ours, new InetSocketAddress(referee.substring(0, colon), port));
      }
    }
  }

  private static ServerProcess node(String lanes) throws IOException {
    // The names of the peer's data centre and rack.
    return ServerProcess.start("--dc", "datacenter1", "--rack", "rack1", "--lanes", lanes);
  }

  private static void run(String[] seeds, ServerProcess ours, InetSocketAddress referee)
      throws IOException {
    long last = Long.parseLong(seeds[seeds.length - 1]);
    List<Difference> differences = new ArrayList<>();
    long statements = 0;
    for (long from = Long.parseLong(seeds[0]); from <= last; from += SEEDS_AT_ONCE) {
      List<Comparison> comparisons = new ArrayList<>();
      for (long seed = from; seed <= Math.min(last, from + SEEDS_AT_ONCE - 1); seed++) {
        comparisons.add(new Comparison(Scenario.of(seed)));
      }
      for (int round = 0; round < Scenario.ROUNDS; round++) {
        if (round > 0) {
          ours.stop();
          ours.restart();
        }
        for (Comparison comparison : comparisons) {
          comparison.round(round, ours.address(), referee);
        }
      }
      for (Comparison comparison : comparisons) {
        differences.addAll(comparison.differences());
        statements += comparison.statements();
      }
    }
    assertThat(report(statements, differences)).as("see %s", REPORT).isNull();
  }

  /** Writes the report; returns its summary, or null when there is no difference. */
  private static String report(long statements, List<Difference> differences) throws IOException {
    Map<String, List<Difference>> kinds = new LinkedHashMap<>();
    for (Difference difference : differences) {
      kinds.computeIfAbsent(difference.kind(), kind -> new ArrayList<>()).add(difference);
    }
    StringBuilder summary = new StringBuilder();
    summary.append(statements + " statements, " + differences.size() + " differences\n");
    kinds.entrySet().stream()
        .sorted((a, b) -> b.getValue().size() - a.getValue().size())
        .forEach(e -> summary.append(e.getValue().size() + " " + e.getKey() + "\n"));
    StringBuilder all = new StringBuilder(summary);
    kinds.forEach(
        (kind, some) -> {
          all.append("\n==== ").append(kind).append("\n");
          some.forEach(difference -> all.append('\n').append(difference).append('\n'));
        });
    Files.writeString(REPORT, all);
    return differences.isEmpty() ? null : summary.toString();
  }
}

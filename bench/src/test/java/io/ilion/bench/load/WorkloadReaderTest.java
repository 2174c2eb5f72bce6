package io.ilion.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Generators;
import io.ilion.bench.load.generate.Records;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.bench.load.workload.StatementSpec;
import io.ilion.bench.load.workload.Workload;
import io.ilion.bench.load.workload.WorkloadReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadReaderTest {
  private static final String WORKLOAD =
      """
      description: for a test
      parameters:
        rows: 10
      records: ${rows}
      run:
        statements:
          - name: read
            weight: 2
            key: uniform(0, ${rows})
            cql: SELECT v FROM t WHERE k = ?
            bind: concat('a, b', key()), 1
            verify: v
      """;

  private static Workload read(String yaml, Map<String, String> settings) {
    return WorkloadReader.read("w.yaml", yaml, settings);
  }

  @Test
  void parametersStandForTheirValues() {
    Workload workload = read(WORKLOAD, Map.of("rows", "20"));
    assertThat(workload.name()).isEqualTo("w");
    assertThat(workload.records()).isEqualTo(20);
    var statement = workload.run().statements().getFirst();
    assertThat(statement.key()).isEqualTo("uniform(0, 20)");
    assertThat(statement.bind()).containsExactly("concat('a, b', key())", "1");
    assertThat(statement.where()).isEqualTo("w.yaml:7");
  }

  @Test
  void aNumberMayBeSetToThousandsAndMillions() {
    assertThat(read(WORKLOAD, Map.of("rows", "5M")).records()).isEqualTo(5_000_000);
    String named = WORKLOAD.replace("  rows: 10", "  rows: 10\n  name: ten");
    assertThat(read(named, Map.of("name", "5k")).parameters()).containsEntry("name", "5k");
    assertThat(WholeNumbers.parse("17")).isEqualTo(17);
    assertThat(WholeNumbers.parse("20k")).isEqualTo(20_000);
    for (String wrong : List.of("", "k", "1.5M", "5G", "9223372036854775807k")) {
      assertThatThrownBy(() -> WholeNumbers.parse(wrong))
          .as(wrong)
          .isInstanceOf(NumberFormatException.class);
    }
  }

  @Test
  void allThatComeAlongCanBeRead() {
    for (String name : NamedWorkloads.names()) {
      Workload workload = NamedWorkloads.find(name, Map.of());
      assertThat(workload.description()).as(name).isNotEmpty();
      assertThat(workload.run().statements()).as(name).isNotEmpty();
    }
  }

  @Test
  void errorsSayWhere() {
    assertError(WORKLOAD.replace("verify", "verfiy"), "w.yaml:12: there is no 'verfiy' here");
    assertError(WORKLOAD.replace("weight: 2", "weight: x"), "w.yaml:8: 'x' is no number");
    assertError(WORKLOAD.replace("${rows})", "${row})"), "w.yaml:9: there is no parameter 'row'");
    assertError(WORKLOAD.replace("name: read", "nom: read"), "w.yaml:7: there is no 'nom' here");
    assertError(WORKLOAD.replace("run:", "runs:"), "w.yaml:5: there is no 'runs' here");
    assertError(WORKLOAD.replace("records: ${rows}", "records: [1"), "w.yaml:5: not YAML");
    assertError(WORKLOAD.replace("  verify: v", "  then: no"), "'then' names no statement");
    assertError("", "w.yaml: there is nothing in it");
    assertThatThrownBy(() -> read(WORKLOAD, Map.of("colour", "red")))
        .hasMessageContaining("w.yaml has no parameter colour");
  }

  private static void assertError(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml, Map.of()))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining(message);
  }

  /** What users copy has to be right: it is read, and its values are drawn. */
  @Test
  void theExampleOfTheManualIsAWorkload() throws IOException {
    Path manual = Path.of("../docs/bench.md");
    String text = Files.readString(manual);
    int start = text.indexOf("```yaml\n") + 8;
    Workload workload =
        read(text.substring(start, text.indexOf("```", start)), Map.of("rows", "20"));
    assertThat(workload.records()).isEqualTo(20);
    assertThat(workload.schema()).hasSize(2).allMatch(cql -> cql.startsWith("CREATE "));
    Generators generators = new Generators(1, new Records(workload.records(), 0, 1));
    workload.generators().forEach(generators::define);
    List<StatementSpec> statements = new ArrayList<>(workload.populate().statements());
    statements.addAll(workload.run().statements());
    assertThat(statements).hasSize(3);
    for (StatementSpec statement : statements) {
      for (String value : statement.bind()) {
        assertThat(generators.of(value, statement.where()).value(new Draw().of(7)))
            .as(value)
            .isNotNull();
      }
    }
  }
}

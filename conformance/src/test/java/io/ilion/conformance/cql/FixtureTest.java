package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FixtureTest {
  private static final String TEXT =
      """
      # A topic.

      @page 2
      SELECT *
        FROM t
      ----
      rows
      ---- ilion: because
      other rows

      # not yet recorded
      SELECT 1
      """;

  @Test
  void readsCasesAndWritesThemBack() {
    Fixture fixture = Fixture.parse(TEXT.lines().toList());
    assertThat(fixture.cases()).hasSize(2);
    Fixture.Case first = fixture.cases().getFirst();
    assertThat(first.line()).isEqualTo(4);
    assertThat(first.statement()).isEqualTo("SELECT *\n  FROM t");
    assertThat(first.directives()).containsExactly(new Fixture.Directive("page", "2"));
    assertThat(first.expected()).containsExactly("rows");
    assertThat(first.reason()).isEqualTo("because");
    assertThat(first.expectedOfOurs()).containsExactly("other rows");
    assertThat(fixture.cases().getLast().expected()).isNull();
    assertThat(fixture.format()).isEqualTo(TEXT.lines().toList());
  }

  @Test
  void everyFileIsRecordedHasATopicAndAKeyspaceOfItsOwn() throws IOException {
    Map<String, Path> keyspaces = new HashMap<>();
    for (Path file : FixtureFiles.list("")) {
      assertThat(keyspaces.put(FixtureFiles.keyspace(file), file)).as("%s", file).isNull();
      assertThat(FixtureFiles.keyspace(file)).hasSizeLessThanOrEqualTo(46);
      List<String> lines = Files.readAllLines(file);
      assertThat(lines.getFirst()).as("%s", file).startsWith("# ");
      for (Fixture.Case one : FixtureFiles.read(file).cases()) {
        assertThat(one.expected()).as("%s:%d", file, one.line()).isNotEmpty();
      }
    }
  }

  /** {@code -Dilion.record=true} writes the page anew. */
  @Test
  void theListOfDifferencesIsUpToDate() throws IOException {
    if (Boolean.getBoolean("ilion.record")) {
      Files.write(DifferenceList.FILE, DifferenceList.page());
    }
    assertThat(Files.readAllLines(DifferenceList.FILE)).isEqualTo(DifferenceList.page());
  }
}

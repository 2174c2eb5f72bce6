package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.tools.shell.StatementSplitter.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StatementSplitterTest {
  private static final String SCRIPT =
      """
      -- a comment; with a semicolon
      USE shop; SELECT ';' /* ; */ FROM "a;b"; // ; more
      INSERT INTO t (v) VALUES ('it''s; here');
      CREATE FUNCTION f (n int) RETURNS int LANGUAGE java AS $$ return ';'; $$;
      BEGIN UNLOGGED BATCH USING TIMESTAMP 1
        INSERT INTO t (v) VALUES (1);
        DELETE FROM t WHERE v = 2;
      APPLY BATCH;
      DESCRIBE TABLES
      consistency quorum; EXPAND ON
      ?
      SELECT 1;;
      """;

  @Test
  void aSemicolonEndsAStatementUnlessItIsPartOfOne() {
    assertThat(split(SCRIPT, SCRIPT.length()).stream().map(Statement::text))
        .containsExactly(
            "USE shop",
            "SELECT ';' /* ; */ FROM \"a;b\"",
            "INSERT INTO t (v) VALUES ('it''s; here')",
            "CREATE FUNCTION f (n int) RETURNS int LANGUAGE java AS $$ return ';'; $$",
            "BEGIN UNLOGGED BATCH USING TIMESTAMP 1\n  INSERT INTO t (v) VALUES (1);\n"
                + "  DELETE FROM t WHERE v = 2;\nAPPLY BATCH",
            "DESCRIBE TABLES",
            "consistency quorum",
            "EXPAND ON",
            "?",
            "SELECT 1");
  }

  @Test
  void howTheTextArrivesMakesNoDifference() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Statement> whole = split(SCRIPT, SCRIPT.length());
    for (int i = 0; i < 50; i++) {
      int most = 1 + random.nextInt(30);
      assertThat(split(SCRIPT, most)).as("pieces of %d, seed %d", most, seed).isEqualTo(whole);
    }
  }

  @Test
  void aStatementKnowsWhereItBegan() {
    List<Statement> statements = split("\n\n  USE a;\n\tSELECT\n1; SELECT 2;", 3);
    assertThat(statements)
        .containsExactly(
            new Statement("USE a", 3, 2),
            new Statement("SELECT\n1", 4, 1),
            new Statement("SELECT 2", 5, 3));
  }

  @Test
  void whatHasNoEndWaits() {
    assertThat(StatementSplitter.isComplete("SELECT 1")).isFalse();
    assertThat(StatementSplitter.isComplete("SELECT 'a;")).isFalse();
    assertThat(StatementSplitter.isComplete("/* a;")).isFalse();
    assertThat(StatementSplitter.isComplete("BEGIN BATCH INSERT; ")).isFalse();
    assertThat(StatementSplitter.isComplete("SELECT 1;")).isTrue();
    assertThat(StatementSplitter.isComplete("SELECT 1; -- more")).isTrue();
    assertThat(StatementSplitter.isComplete("help")).isTrue();
    assertThat(StatementSplitter.isComplete("  ")).isTrue();
  }

  private static List<Statement> split(String text, int most) {
    StatementSplitter splitter = new StatementSplitter();
    List<Statement> found = new ArrayList<>();
    for (int at = 0; at < text.length(); at += most) {
      found.addAll(splitter.add(text.substring(at, Math.min(text.length(), at + most))));
    }
    found.addAll(splitter.end());
    return found;
  }
}

package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t (k) VALUES (1) IF NOT EXISTS",
        "update t set v = 1 where k = 1 if v = 2",
        "/* IF */ DELETE FROM t WHERE k = 1 -- why\nIF EXISTS",
        "BEGIN BATCH INSERT INTO t (k) VALUES ('it''s') IF NOT EXISTS APPLY BATCH",
      })
  void conditional(String text) {
    assertThat(StatementText.of(text).isConditional()).isTrue();
    assertThat(StatementText.of(text).isSelect()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t (k, \"if\") VALUES ('x if y', $$ if $$)",
        "UPDATE t SET v = 'it''s if' WHERE k = 1 // if",
        "DELETE FROM iffy WHERE k = 1 /* if",
        "CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)",
        "",
      })
  void notConditional(String text) {
    assertThat(StatementText.of(text)).isEqualTo(new StatementText(false, false, false));
  }

  @Test
  void selections() {
    assertThat(StatementText.of(" -- all\n select * FROM t"))
        .isEqualTo(new StatementText(true, false, true));
    assertThat(StatementText.of("SELECT a, b FROM t"))
        .isEqualTo(new StatementText(true, false, false));
    assertThat(StatementText.of("SELECT JSON * FROM t").isSelect()).isTrue();
  }
}

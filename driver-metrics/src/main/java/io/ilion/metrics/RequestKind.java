package io.ilion.metrics;

import io.ilion.driver.BatchStatement;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.Statement;
import java.util.Locale;

/** The kinds of requests that are timed each by itself. */
public enum RequestKind {
  /** Statements that are sent as texts. */
  SIMPLE,
  /** Prepared statements with their values. */
  BOUND,
  /** Batches. */
  BATCH,
  /** Preparations of statements. */
  PREPARE;

  static RequestKind of(Statement<?> statement) {
    if (statement instanceof BoundStatement) {
      return BOUND;
    }
    if (statement instanceof SimpleStatement) {
      return SIMPLE;
    }
    return statement instanceof BatchStatement ? BATCH : PREPARE;
  }

  /** Its name in metrics. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}

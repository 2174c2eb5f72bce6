package io.ilion.driver;

import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Several writes as one. Settings of the statements in it do not count, those of the batch do.
 *
 * <pre>{@code
 * session.execute(BatchStatement.logged(insert.bind(1, "a"), update.bind("b", 2)));
 * }</pre>
 */
public final class BatchStatement extends Statement<BatchStatement> {
  private static final int MAX_STATEMENTS = 0xFFFF;

  private final Request.BatchType type;
  private final List<Statement<?>> statements;

  private BatchStatement(Request.BatchType type, List<Statement<?>> statements, Settings settings) {
    super(settings);
    this.type = type;
    this.statements = statements;
  }

  /** All of them or, should everything fail, none. */
  public static BatchStatement logged(Statement<?>... statements) {
    return of(Request.BatchType.LOGGED, List.of(statements));
  }

  /** In one message, each for itself; atomic only within a partition. */
  public static BatchStatement unlogged(Statement<?>... statements) {
    return of(Request.BatchType.UNLOGGED, List.of(statements));
  }

  /** Updates of counters. */
  public static BatchStatement counter(Statement<?>... statements) {
    return of(Request.BatchType.COUNTER, List.of(statements));
  }

  /** Statements with or without values, but no batches, at most 65,535. */
  public static BatchStatement of(Request.BatchType type, List<? extends Statement<?>> statements) {
    if (statements.size() > MAX_STATEMENTS) {
      throw new IllegalArgumentException("more than " + MAX_STATEMENTS + " statements in a batch");
    }
    for (Statement<?> statement : statements) {
      if (!(statement instanceof SimpleStatement) && !(statement instanceof BoundStatement)) {
        throw new IllegalArgumentException("a batch in a batch");
      }
    }
    return new BatchStatement(type, List.copyOf(statements), Settings.NONE);
  }

  /** The statements, in order. */
  public List<Statement<?>> statements() {
    return statements;
  }

  @Override
  public BatchStatement with(Settings settings) {
    return new BatchStatement(type, statements, settings);
  }

  @Override
  public String text() {
    return statements.stream()
        .limit(10)
        .map(Statement::text)
        .collect(
            Collectors.joining(
                "; ",
                "BEGIN " + (type == Request.BatchType.LOGGED ? "" : type + " ") + "BATCH ",
                (statements.size() > 10 ? "; ... (" + statements.size() + ")" : "")
                    + "; APPLY BATCH"));
  }

  @Override
  Request message(ProtocolVersion version, Attempt attempt) {
    List<Request.BatchStatement> parts = new ArrayList<>(statements.size());
    for (Statement<?> statement : statements) {
      if (statement instanceof BoundStatement bound) {
        parts.add(new Request.BatchStatement(null, bound.prepared().id(), bound.values(version)));
      } else {
        SimpleStatement simple = (SimpleStatement) statement;
        BoundValues values = simple.encoded(attempt.execution());
        if (values.isNamed()) {
          throw new IllegalStateException("In a batch the protocol knows no values by name");
        }
        parts.add(new Request.BatchStatement(simple.text(), null, values));
      }
    }
    return new Request.Batch(type, parts, attempt.execution().parameters(BoundValues.NONE, false));
  }

  /** The prepared statement of an id among these, or null. */
  PreparedStatement find(Digest id) {
    for (Statement<?> statement : statements) {
      if (statement instanceof BoundStatement bound && bound.prepared().id().equals(id)) {
        return bound.prepared();
      }
    }
    return null;
  }

  /** If each was said to be. */
  @Override
  boolean isNaturallyIdempotent() {
    return type != Request.BatchType.COUNTER
        && statements.stream().allMatch(each -> Boolean.TRUE.equals(each.settings().idempotent));
  }

  @Override
  boolean isConditional() {
    return statements.stream().anyMatch(Statement::isConditional);
  }

  @Override
  byte[] routingKey() {
    for (Statement<?> statement : statements) {
      byte[] key = statement.routingKey();
      if (key != null) {
        return key;
      }
    }
    return null;
  }

  @Override
  String routingKeyspace() {
    for (Statement<?> statement : statements) {
      if (statement.routingKey() != null) {
        return statement.routingKeyspace();
      }
    }
    return super.routingKeyspace();
  }

  @Override
  public String toString() {
    return text();
  }
}

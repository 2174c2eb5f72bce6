package io.ilion.cql.modify;

import io.ilion.cql.ast.Batch;
import io.ilion.cql.modify.ModificationPlan.Existence;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableDefinition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A batch of statements that write: those of one BEGIN BATCH, or of a BATCH message. */
public final class BatchPlan {
  private final Batch.Kind kind;
  private final Attributes attributes;
  private final List<ModificationPlan> statements;
  private final boolean conditional;

  /**
   * Checks that statements can be in one batch.
   *
   * @param attributes of the batch itself
   * @throws CqlException INVALID if they cannot
   */
  public BatchPlan(Batch.Kind kind, Attributes attributes, List<ModificationPlan> statements) {
    this.kind = kind;
    this.attributes = attributes;
    this.statements = List.copyOf(statements);
    boolean anyConditional = false;
    boolean counters = false;
    boolean others = false;
    boolean virtual = false;
    ModificationPlan last = null;
    for (ModificationPlan plan : statements) {
      if (plan != last) {
        anyConditional |= plan.isConditional();
        counters |= plan.table().isCounter();
        others |= !plan.table().isCounter();
        virtual |= plan.table().isVirtual();
        last = plan;
      }
    }
    conditional = anyConditional;
    validate(counters, others, virtual);
  }

  private void validate(boolean counters, boolean others, boolean virtual) {
    if (attributes.hasTimeToLive()) {
      throw CqlException.invalid("Global TTL on the BATCH statement is not supported.");
    }
    if (attributes.hasTimestamp()) {
      if (conditional) {
        throw CqlException.invalid("Cannot provide custom timestamp for conditional BATCH");
      }
      if (kind == Batch.Kind.COUNTER) {
        throw CqlException.invalid("Cannot provide custom timestamp for counter BATCH");
      }
      if (statements.stream().anyMatch(plan -> plan.attributes().hasTimestamp())) {
        throw CqlException.invalid(
            "Timestamp must be set either on BATCH or individual statements");
      }
      if (counters) {
        throw CqlException.invalid(
            "Cannot provide custom timestamp for a BATCH containing counters");
      }
    }
    if (kind == Batch.Kind.COUNTER && others) {
      throw CqlException.invalid("Cannot include non-counter statement in a counter batch");
    }
    if (counters && others) {
      throw CqlException.invalid(
          "Counter and non-counter mutations cannot exist in the same batch");
    }
    if (kind == Batch.Kind.LOGGED && counters) {
      throw CqlException.invalid("Cannot include a counter statement in a logged batch");
    }
    if (virtual) {
      validateVirtual();
    }
    if (conditional) {
      TableDefinition first = statements.get(0).table();
      if (statements.stream().anyMatch(plan -> !plan.table().id().equals(first.id()))) {
        throw CqlException.invalid("Batch with conditions cannot span multiple tables");
      }
    }
  }

  private void validateVirtual() {
    if (kind == Batch.Kind.LOGGED) {
      throw CqlException.invalid("Cannot include a virtual table statement in a logged batch");
    }
    if (!statements.stream().allMatch(plan -> plan.table().isVirtual())) {
      throw CqlException.invalid(
          "Mutations for virtual and regular tables cannot exist in the same batch");
    }
  }

  /** The kind. */
  public Batch.Kind kind() {
    return kind;
  }

  /** The statements, in order. */
  public List<ModificationPlan> statements() {
    return statements;
  }

  /** Whether any statement has conditions; then all apply, or none. */
  public boolean isConditional() {
    return conditional;
  }

  /**
   * The indexes of the bind variables of the partition key, if all statements are on one table; of
   * several statements the last counts, as in Cassandra.
   */
  public int[] partitionKeyIndexes() {
    if (statements.isEmpty()) {
      return new int[0];
    }
    TableDefinition first = statements.get(0).table();
    boolean oneTable = statements.stream().allMatch(plan -> plan.table().id().equals(first.id()));
    return oneTable ? statements.get(statements.size() - 1).partitionKeyIndexes() : new int[0];
  }

  /**
   * Resolves the statements for one execution.
   *
   * @param own with the values of the batch's own variables
   * @param evaluations for each statement one, or one and the same for all
   * @param defaultTimestamp in microseconds, where neither batch nor statement gives any
   * @param nowSeconds the time of the request in seconds since 1970
   * @throws CqlException INVALID for values that cannot be, or for conditions in several partitions
   */
  public List<BoundModification> bind(
      Evaluation own, List<Evaluation> evaluations, long defaultTimestamp, long nowSeconds) {
    long timestamp = attributes.timestamp(own, defaultTimestamp);
    List<BoundModification> bound = new ArrayList<>(statements.size());
    long changes = 0;
    for (int i = 0; i < statements.size(); i++) {
      BoundModification one = statements.get(i).bind(evaluations.get(i), timestamp, nowSeconds);
      changes += (long) one.partitionKeys().size() * Math.max(1, one.clusteringKeys().size());
      if (i > 0 && changes > UpdateBuffer.MAX_CHANGES) {
        throw CqlException.invalid("Batch too large");
      }
      bound.add(one);
    }
    if (conditional) {
      requireOnePartition(bound);
      requireOneKindOfCondition(bound);
    }
    return bound;
  }

  private static void requireOnePartition(List<BoundModification> bound) {
    byte[] first = null;
    for (BoundModification modification : bound) {
      for (byte[] key : modification.partitionKeys()) {
        if (first != null && !Arrays.equals(first, key)) {
          throw CqlException.invalid("Batch with conditions cannot span multiple partitions");
        }
        first = key;
      }
    }
  }

  /** Conditions on one row are all on its columns, or all that it exists, or that it does not. */
  private static void requireOneKindOfCondition(List<BoundModification> bound) {
    Map<ByteBuffer, Existence> kinds = new HashMap<>();
    for (BoundModification modification : bound) {
      ModificationPlan plan = modification.plan();
      if (!plan.isConditional()) {
        continue;
      }
      if (plan.isOnExistence() || modification.hasConditionOnRow()) {
        requireSameKind(kinds, modification.conditionRow(), plan.existence);
      }
      if (plan.conditions.stream().anyMatch(condition -> condition.column().isStatic())) {
        requireSameKind(kinds, null, plan.existence);
      }
    }
  }

  private static void requireSameKind(
      Map<ByteBuffer, Existence> kinds, byte[] row, Existence kind) {
    Existence before = kinds.putIfAbsent(row == null ? null : ByteBuffer.wrap(row), kind);
    if (before == null || before == kind) {
      return;
    }
    if (kind == Existence.ANY) {
      // Cassandra says so after IF EXISTS too.
      throw CqlException.invalid("Cannot mix IF conditions and IF NOT EXISTS for the same row");
    }
    throw CqlException.invalid(
        before != Existence.ANY
            ? "Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row"
            : kind == Existence.EXISTS
                ? "Cannot mix IF conditions and IF EXISTS for the same row"
                : "Cannot mix IF conditions and IF NOT EXISTS for the same row");
  }
}

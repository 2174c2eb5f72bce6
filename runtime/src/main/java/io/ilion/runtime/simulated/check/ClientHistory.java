package io.ilion.runtime.simulated.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What clients asked for and were told, in the order in which it happened. An operation whose
 * outcome is not known stays open: it may have an effect at any later time, or none.
 *
 * @param <K> names the objects; each is linearizable by itself
 * @param <I> what an operation is asked for
 * @param <O> what it answers
 */
public final class ClientHistory<K, I, O> {
  private final Map<K, List<Operation<I, O>>> operations = new LinkedHashMap<>();
  private long now;

  /**
   * One operation.
   *
   * @param <I> what it is asked for
   * @param <O> what it answers
   */
  public static final class Operation<I, O> {
    private final I input;
    private final long called;
    private long returned = Long.MAX_VALUE;
    private O output;
    private boolean without;

    private Operation(I input, long called) {
      this.input = input;
      this.called = called;
    }

    I input() {
      return input;
    }

    O output() {
      return output;
    }

    long called() {
      return called;
    }

    long returned() {
      return returned;
    }

    /** Whether its answer is known. */
    public boolean isKnown() {
      return returned != Long.MAX_VALUE;
    }

    @Override
    public String toString() {
      return isKnown()
          ? "[" + called + ", " + returned + "] " + input + " -> " + output
          : "[" + called + ", ...] " + input + " -> ?";
    }
  }

  /** A client begins an operation, whose outcome is not known until it is told. */
  public Operation<I, O> call(K object, I input) {
    Operation<I, O> operation = new Operation<>(input, ++now);
    operations.computeIfAbsent(object, k -> new ArrayList<>()).add(operation);
    return operation;
  }

  /** A client is told the answer of an operation. */
  public void answered(Operation<I, O> operation, O output) {
    if (operation.isKnown() || operation.without) {
      throw new IllegalStateException("ended twice: " + operation);
    }
    operation.returned = ++now;
    operation.output = output;
  }

  /** A client is told that an operation has had no effect and never will. */
  public void refused(Operation<I, O> operation) {
    if (operation.isKnown()) {
      throw new IllegalStateException("ended twice: " + operation);
    }
    operation.without = true;
  }

  /** The operations on each object that may have had an effect, in the order of their calls. */
  public Map<K, List<Operation<I, O>>> byObject() {
    Map<K, List<Operation<I, O>>> all = new LinkedHashMap<>();
    operations.forEach(
        (object, list) -> all.put(object, list.stream().filter(o -> !o.without).toList()));
    return all;
  }
}

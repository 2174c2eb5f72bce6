package io.ilion.runtime.simulated.check;

import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import java.util.Objects;

/** A register that is read, and set on the condition of what it holds; null is "nothing". */
public final class ConditionalRegister implements SequentialModel<Object, Request, Answer> {
  /** Nothing; states are never null. */
  private static final Object NOTHING = "nothing";

  /**
   * What is asked for: a read, or to set a value.
   *
   * @param expected what the register has to hold; null for nothing
   * @param value what it holds afterwards; null for a read
   */
  public record Request(Object expected, Object value) {
    /** A read. */
    public static final Request READ = new Request(null, null);

    /** To have it hold nothing. */
    public static Request clear(Object expected) {
      return new Request(expected, NOTHING);
    }

    @Override
    public String toString() {
      return value == null ? "read" : "set " + value + " if " + expected;
    }
  }

  /**
   * What is answered.
   *
   * @param applied false for a read
   * @param found what a read, or a condition that did not hold, found; else null
   */
  public record Answer(boolean applied, Object found) {
    /** The condition held. */
    public static final Answer APPLIED = new Answer(true, null);

    @Override
    public String toString() {
      return applied ? "applied" : "found " + found;
    }
  }

  @Override
  public Object initial() {
    return NOTHING;
  }

  @Override
  public Step<Object, Answer> apply(Object state, Request request) {
    Object held = state.equals(NOTHING) ? null : state;
    if (request.value != null && Objects.equals(held, request.expected)) {
      return new Step<>(request.value, Answer.APPLIED);
    }
    return new Step<>(state, new Answer(false, held));
  }
}

package io.ilion.runtime.simulated.check;

import java.util.Objects;

/**
 * What an object does when operations come one at a time. Deterministic.
 *
 * @param <S> the states; immutable, with equals and hashCode
 * @param <I> what an operation is asked for
 * @param <O> what it answers
 */
public interface SequentialModel<S, I, O> {

  /** The state before the first operation. */
  S initial();

  /** What an operation does to a state. */
  Step<S, O> apply(S state, I input);

  /** Whether an answer that a client got is the one of the model. */
  default boolean matches(O expected, O seen) {
    return Objects.equals(expected, seen);
  }

  /**
   * What an operation leaves and answers.
   *
   * @param <S> the states
   * @param <O> the answers
   */
  record Step<S, O>(S state, O output) {}
}

package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.write.Linearizability.Kind;
import io.ilion.conformance.write.Linearizability.Operation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker itself: it must say no where it should. */
class LinearizabilityTest {
  private static Operation read(long begin, long end, Integer seen) {
    return new Operation(Kind.READ, null, null, begin, end, false, seen);
  }

  private static Operation insert(long begin, long end, int value, boolean applied, Integer seen) {
    return new Operation(Kind.INSERT, null, value, begin, end, applied, seen);
  }

  private static Operation update(
      long begin, long end, int expected, int value, boolean applied, Integer seen) {
    return new Operation(Kind.UPDATE, expected, value, begin, end, applied, seen);
  }

  @Test
  void concurrentOperationsMayHappenInEitherOrder() {
    assertThat(
            Linearizability.holds(
                List.of(insert(0, 10, 1, true, null), read(1, 9, null), read(2, 8, 1))))
        .isTrue();
  }

  @Test
  void aReadThatGoesBackIsFound() {
    assertThat(
            Linearizability.holds(
                List.of(insert(0, 10, 1, true, null), read(1, 2, 1), read(3, 4, null))))
        .isFalse();
  }

  @Test
  void twoInsertsThatBothApplyAreFound() {
    assertThat(
            Linearizability.holds(
                List.of(insert(0, 10, 1, true, null), insert(0, 10, 2, true, null))))
        .isFalse();
  }

  @Test
  void aLostUpdateIsFound() {
    assertThat(
            Linearizability.holds(
                List.of(
                    insert(0, 1, 1, true, null),
                    update(2, 10, 1, 2, true, null),
                    update(2, 10, 1, 3, true, null))))
        .isFalse();
  }

  @Test
  void whatWasNeverAnsweredMayHaveHappenedOrNot() {
    Operation lost = insert(0, Long.MAX_VALUE, 1, false, null);
    assertThat(Linearizability.holds(List.of(lost, read(5, 6, null)))).isTrue();
    assertThat(Linearizability.holds(List.of(lost, read(5, 6, null), read(7, 8, 1)))).isTrue();
    assertThat(Linearizability.holds(List.of(lost, read(5, 6, 1), read(7, 8, null)))).isFalse();
  }

  @Test
  void aRefusalMustShowWhatWasThere() {
    assertThat(
            Linearizability.holds(List.of(insert(0, 1, 1, true, null), insert(2, 3, 5, false, 2))))
        .isFalse();
  }
}

package io.ilion.conformance.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.chaos.Fault.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code mvn verify -Pchaos} does to clusters. */
class FaultTest {
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

  @ParameterizedTest
  @EnumSource
  void everyFixedRunHasFaultsOfEveryKind(ChaosSeeds.Fixed run) {
    assertThat(Fault.schedule(run.seed(), run.nodes(), ChaosSeeds.SECONDS, ALL))
        .extracting(Fault::kind)
        .containsAll(ALL);
  }

  @Test
  void ofEachKindThereIsOneBeforeAnyComesAgain() {
    for (long seed = 0; seed < 200; seed++) {
      List<Kind> first =
          Fault.schedule(seed, 3, 10 * ChaosSeeds.SECONDS, ALL).stream()
              .map(Fault::kind)
              .limit(ALL.size())
              .toList();
      assertThat(first).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(ALL);
    }
  }

  @Test
  void whatCannotBeDoneIsNotInTheSchedule() {
    assertThat(
            Fault.schedule(1, 3, ChaosSeeds.SECONDS, EnumSet.complementOf(EnumSet.of(Kind.KILL))))
        .isNotEmpty()
        .extracting(Fault::kind)
        .doesNotContain(Kind.KILL);
  }
}

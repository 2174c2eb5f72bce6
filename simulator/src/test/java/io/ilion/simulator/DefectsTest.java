package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.simulator.Faults.Kind;
import io.ilion.simulator.Simulate.Plan;
import io.ilion.simulator.Simulation.FailedException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The simulator can fail: what is made wrong on purpose is found within a few seeds. */
class DefectsTest {
  private static final Set<String> DATA = Set.of("rows", "sets");

  @Test
  void aQuorumOfTooFew() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.KILL);
    assertFound(2, new Plan(3, 20, faults, DATA, Consistency.ONE, () -> Defect.NONE));
  }

  @Test
  void acknowledgementsBeforeTheSync() {
    assertFound(
        2, plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/commitlog/")));
  }

  @Test
  void aSchemaThatIsNotDurable() {
    assertFound(2, plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/metadata/")));
  }

  @Test
  void filesThatAreNotDurableWhenTheLogIsLetGo() {
    assertFound(2, plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/data/")));
  }

  @Test
  void hintsThatAreDropped() {
    assertFound(2, plan(EnumSet.of(Kind.PARTITION), DATA, Defects::hintsDropped));
  }

  @Test
  void readRepairThatIsSkipped() {
    assertFound(
        5,
        plan(
            EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS),
            Set.of("rows"),
            Defects::readRepairSkipped));
  }

  @Test
  void digestsThatAreIgnored() {
    assertFound(2, plan(EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS), DATA, Defects::digestsIgnored));
  }

  @Test
  void aPromiseThatIsForgotten() {
    assertFound(
        2,
        plan(
            EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS),
            Set.of("conditions"),
            () -> Defects.answers(Verb.PAXOS_PROPOSE, Defects::accepted)));
  }

  @Test
  void rowsThatAreNotStreamed() {
    assertFound(
        3,
        plan(
            EnumSet.of(Kind.JOIN),
            DATA,
            () -> Defects.answers(Verb.STREAM_FILES, Defects::noFiles)));
  }

  @Test
  void aPendingRangeThatIsIgnored() {
    assertFound(
        5,
        new Plan(
            3,
            5,
            EnumSet.of(Kind.JOIN),
            Set.of("inserts"),
            Consistency.QUORUM,
            Defects::pendingRangesIgnored));
  }

  @Test
  void countersThatAreIncrementedTwice() {
    assertFound(1, plan(5, EnumSet.of(Kind.BAD_LINKS), Set.of("counters"), Defects::countedTwice));
  }

  @Test
  void aBatchLogThatIsLost() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.SLOW_DISK);
    assertFound(4, 12, plan(5, faults, Set.of("batches"), Defects::batchlogLost));
  }

  @Test
  void deletionsThatArePurgedTooEarly() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.KILL);
    assertFound(2, plan(faults, Set.of("purged"), Defects::purgedTooEarly));
  }

  @Test
  void agreementsThatAreForgottenTooEarly() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.KILL);
    assertFound(3, 1, plan(faults, Set.of("finished"), Defects::finishedTooEarly));
  }

  @Test
  void shortReadsThatAreNotLengthened() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.SLOW_DISK);
    assertFound(5, 8, plan(faults, Set.of("limits"), Defects::shortReads));
  }

  @Test
  void aTruncationThatForgetsAnEpoch() {
    Set<Kind> faults = EnumSet.of(Kind.BAD_LINKS, Kind.STOP, Kind.PARTITION);
    assertFound(
        15,
        new Plan(
            3, 30, faults, Set.of("truncations"), Consistency.QUORUM, Defects::epochForgotten));
  }

  private static Plan plan(Set<Kind> faults, Set<String> workloads, Supplier<Defect> defect) {
    return plan(3, faults, workloads, defect);
  }

  private static Plan plan(
      int nodes, Set<Kind> faults, Set<String> workloads, Supplier<Defect> defect) {
    return new Plan(nodes, 20, faults, workloads, Consistency.QUORUM, defect);
  }

  private static void assertFound(int withinSeeds, Plan plan) {
    assertFound(1, withinSeeds, plan);
  }

  /** Runs that are dear begin with a seed that has found it before: those in front of it do not. */
  private static void assertFound(long first, int withinSeeds, Plan plan) {
    int found = 0;
    for (long seed = first; seed < first + withinSeeds && found == 0; seed++) {
      try {
        Simulate.run(seed, plan);
      } catch (FailedException e) {
        found++;
      }
    }
    assertThat(found).as("found within %d seeds", withinSeeds).isPositive();
  }
}

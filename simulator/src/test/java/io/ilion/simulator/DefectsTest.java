package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ilion.gossip.messaging.Verb;
import io.ilion.simulator.Faults.Kind;
import io.ilion.simulator.Simulate.Plan;
import io.ilion.simulator.Simulation.FailedException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The simulator can fail: what is made wrong on purpose is found within a few seeds, as what it is;
 * and the same seed finds nothing where nothing is wrong.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DefectsTest {
  private static final Set<String> DATA = Set.of("rows", "sets");
  private static final Supplier<Defect> SOUND = () -> Defect.NONE;
  private static final Supplier<Defect> WITHOUT_HINTS = Defects::noHints;
  private static final String LOST =
      "row \\d+ of partition \\d+ shows .*, but must show|set \\d+ lost ";
  private static final String UNLIKE = "replicas differ in \\d+ parts, although no node failed";
  private static final String NOT_LINEARIZABLE = "NOT_LINEARIZABLE: object ";

  private final Set<Map.Entry<Long, Plan>> passed = new HashSet<>();

  @Test
  void aQuorumOfTooFew() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.KILL);
    assertFound(LOST, 2, plan(faults, DATA, Defects::quorumOfTooFew));
  }

  @Test
  void acknowledgementsBeforeTheSync() {
    assertFound(
        LOST + "|does not start: the commit log is damaged",
        2,
        plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/commitlog/")));
  }

  @Test
  void aSchemaThatIsNotDurable() {
    assertFound(
        "does not start: this node has data of the table sim\\.\\w+ but no metadata",
        2,
        plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/metadata/")));
  }

  @Test
  void filesThatAreNotDurableWhenTheLogIsLetGo() {
    assertFound(
        "does not start: node/data/manifest-\\d+ is no manifest",
        2,
        plan(EnumSet.of(Kind.BLACKOUT), DATA, () -> Defects.syncsThatLie("/data/")));
  }

  @Test
  void hintsThatAreDropped() {
    assertFound(UNLIKE, 2, plan(EnumSet.of(Kind.PARTITION), DATA, Defects::hintsDropped));
  }

  @Test
  void aDataCentreThatForgets() {
    // It is not the one where clients read at LOCAL_QUORUM what they write at EACH_QUORUM.
    assertFound(
        "rows .* are lost at LOCAL_QUORUM",
        11,
        1,
        plan(
            5,
            EnumSet.of(Kind.PARTITION),
            Set.of("inserts"),
            () ->
                Defects.acknowledgedOnly(
                    Verb.MUTATE, (view, payload) -> view.self().datacenter().equals("dc1"))),
        SOUND);
  }

  @Test
  void readRepairThatIsSkipped() {
    assertFound(
        LOST,
        5,
        plan(
            EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS),
            Set.of("rows"),
            Defects::readRepairSkipped));
  }

  @Test
  void digestsThatAreIgnored() {
    assertFound(
        LOST, 2, plan(EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS), DATA, Defects::digestsIgnored));
  }

  @Test
  void aPromiseThatIsForgotten() {
    assertFound(
        NOT_LINEARIZABLE,
        2,
        plan(
            EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS),
            Set.of("conditions"),
            () -> Defects.answers(Verb.PAXOS_PROPOSE, Defects::accepted)));
  }

  @Test
  void aRepairThatLeavesSomethingOut() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.KILL);
    assertFound(
        "replicas differ after a repair: partition",
        1,
        2,
        plan(faults, Set.of("inserts"), Defects::nothingToRepair),
        WITHOUT_HINTS);
  }

  @Test
  void damageThatIsTakenForAnEnd() {
    Set<Kind> faults = EnumSet.of(Kind.ROT, Kind.KILL);
    assertFound(
        LOST, 4, plan(1, faults, Set.of("rows", "limits", "pages"), Defects::damageTakenForAnEnd));
  }

  @Test
  void rowsThatAreNotStreamed() {
    assertFound(
        LOST + "|" + UNLIKE,
        3,
        plan(
            EnumSet.of(Kind.JOIN),
            DATA,
            () -> Defects.answers(Verb.STREAM_FILES, Defects::noFiles)));
  }

  @Test
  void aPendingRangeThatIsIgnored() {
    assertFound(
        "rows .* are lost at QUORUM|" + UNLIKE,
        5,
        new Plan(3, 5, EnumSet.of(Kind.JOIN), Set.of("inserts"), Defects::pendingRangesIgnored));
  }

  @Test
  void countersThatAreIncrementedTwice() {
    assertFound(
        "counter \\d+ shows \\d+ and must show",
        3,
        1,
        plan(5, EnumSet.of(Kind.BAD_LINKS), Set.of("counters"), Defects::countedTwice),
        SOUND);
  }

  @Test
  void aBatchLogThatIsLost() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.SLOW_DISK);
    assertFound(
        "pair \\d+ shows",
        12,
        12,
        plan(5, faults, Set.of("batches"), Defects::batchlogLost),
        WITHOUT_HINTS);
  }

  @Test
  void deletionsThatArePurgedTooEarly() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.KILL);
    assertFound(LOST, 2, plan(faults, Set.of("purged"), Defects::purgedTooEarly));
  }

  @Test
  void agreementsThatAreForgottenTooEarly() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.KILL);
    assertFound(
        NOT_LINEARIZABLE, 3, 1, plan(faults, Set.of("finished"), Defects::finishedTooEarly), SOUND);
  }

  @Test
  void shortReadsThatAreNotLengthened() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.SLOW_DISK);
    assertFound(
        "row \\d+ of partition \\d+ (is shown behind|shows)|rows of partition \\d+ in",
        5,
        8,
        plan(faults, Set.of("limits"), Defects::shortReads),
        WITHOUT_HINTS);
  }

  @Test
  void aTruncationThatForgetsAnEpoch() {
    Set<Kind> faults = EnumSet.of(Kind.BAD_LINKS, Kind.STOP, Kind.PARTITION);
    assertFound(
        "came back after a truncation",
        15,
        new Plan(3, 30, faults, Set.of("truncations"), Defects::epochForgotten));
  }

  private static Plan plan(Set<Kind> faults, Set<String> workloads, Supplier<Defect> defect) {
    return plan(3, faults, workloads, defect);
  }

  private static Plan plan(
      int nodes, Set<Kind> faults, Set<String> workloads, Supplier<Defect> defect) {
    return new Plan(nodes, 20, faults, workloads, defect);
  }

  private void assertFound(String violation, int withinSeeds, Plan plan) {
    assertFound(violation, 1, withinSeeds, plan, SOUND);
  }

  /**
   * Runs that are dear begin with a seed that has found it before: those in front of it do not.
   *
   * @param violation an expression that is found in what is said of it
   * @param sound the same without what is wrong
   */
  private void assertFound(
      String violation, long first, int withinSeeds, Plan plan, Supplier<Defect> sound) {
    for (long seed = first; seed < first + withinSeeds; seed++) {
      try {
        Simulate.run(seed, plan);
      } catch (FailedException e) {
        // Anything else is a mistake of who plants the defect.
        assertThat(e).hasMessageMatching("(?s).*(" + violation + ").*");
        assertPasses(seed, plan, sound);
        return;
      }
    }
    fail("not found within %d seeds", withinSeeds);
  }

  private void assertPasses(long seed, Plan plan, Supplier<Defect> sound) {
    Plan control = new Plan(plan.nodes(), plan.seconds(), plan.faults(), plan.workloads(), sound);
    // What several defects have in common is run once.
    if (passed.add(Map.entry(seed, control))) {
      Simulate.run(seed, control);
    }
  }
}

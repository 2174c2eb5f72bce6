package io.ilion.tools;

import io.ilion.simulator.Defect;
import io.ilion.simulator.Faults;
import io.ilion.simulator.Simulate;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code ilion simulate}: tries to break whole clusters in virtual time, a seed for each run. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class,
    sortOptions = false,
    description = {
      "Tries to break whole clusters in virtual time, a seed for each run.",
      "",
      "Machines, disks, clocks and the network of a run fail as its seed says, and then it is"
          + " looked whether anything that was acknowledged is lost. A seed that fails is printed"
          + " with what replays it; the exit code is then 1.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion simulate --seeds 1..100 --jobs 4",
      "  ilion simulate --seeds 17 --nodes 5 --seconds 60       one of them again",
      "  ilion simulate --seeds 1..9 --faults kill,full_disk --workloads rows,counters"
    })
final class SimulateCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int MOST_JOBS = 64;

  private final Supplier<Defect> defect;

  @CommandLine.Spec private CommandSpec spec;

  @Option(
      names = "--seeds",
      paramLabel = "A..B",
      defaultValue = "1..10",
      description = "the first and the last seed (default: ${DEFAULT-VALUE})")
  private String seeds;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many nodes, from 1 to 20 (default: ${DEFAULT-VALUE})")
  private int nodes;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "how long faults happen in each run, in virtual seconds (default: 30)")
  private Integer seconds;

  @Option(names = "--minutes", paramLabel = "M", description = "the same in minutes")
  private Integer minutes;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "KIND",
      description = "the kinds of faults, or none: ${COMPLETION-CANDIDATES} (default: all)",
      completionCandidates = FaultNames.class)
  private List<String> faults;

  @Option(
      names = "--workloads",
      split = ",",
      paramLabel = "NAME",
      description = "what clients do: ${COMPLETION-CANDIDATES} (default: all)",
      completionCandidates = WorkloadNames.class)
  private List<String> workloads;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many runs at once, each on a processor (default: ${DEFAULT-VALUE})")
  private int jobs;

  SimulateCommand() {
    this(() -> Defect.NONE);
  }

  /** As above, with nodes that do something wrong. */
  SimulateCommand(Supplier<Defect> defect) {
    this.defect = defect;
  }

  /** What may follow {@code --faults}. */
  static final class FaultNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(Faults.Kind.values())
          .map(kind -> kind.name().toLowerCase(Locale.ROOT))
          .iterator();
    }
  }

  /** What may follow {@code --workloads}. */
  static final class WorkloadNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Simulate.workloadNames().iterator();
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    int dots = seeds.indexOf("..");
    long first = number(dots < 0 ? seeds : seeds.substring(0, dots));
    long last = dots < 0 ? first : number(seeds.substring(dots + 2));
    if (last < first) {
      throw wrong("--seeds " + seeds + ": the last seed is less than the first");
    }
    if (nodes < 1 || nodes > 20) {
      throw wrong("--nodes " + nodes + ": from 1 to 20 nodes can be simulated");
    }
    if (seconds != null && minutes != null) {
      throw wrong("--seconds and --minutes say the same thing: give one of them");
    }
    int duration = minutes != null ? 60 * minutes : seconds != null ? seconds : 30;
    if (duration < 1) {
      throw wrong("a run takes at least a second");
    }
    if (jobs < 1 || jobs > MOST_JOBS) {
      throw wrong("--jobs " + jobs + ": from 1 to " + MOST_JOBS + " runs can go on at once");
    }
    // Faults are meant here; what nodes say of them would hide what is said of the runs.
    if (System.getProperty("ilion.log.level") == null) {
      System.setProperty("ilion.log.level", "OFF");
    }
    Simulate.Plan plan = new Simulate.Plan(nodes, duration, faultKinds(), workloadNames(), defect);
    Simulate runs = new Simulate(plan, first, last, spec.commandLine().getOut());
    List<Thread> others =
        Stream.generate(() -> Thread.ofPlatform().start(runs::work)).limit(jobs - 1).toList();
    runs.work();
    for (Thread other : others) {
      other.join();
    }
    return runs.report() == 0 ? 0 : FAILED;
  }

  private Set<Faults.Kind> faultKinds() {
    if (faults == null) {
      return EnumSet.allOf(Faults.Kind.class);
    }
    Set<Faults.Kind> kinds = EnumSet.noneOf(Faults.Kind.class);
    for (String name : faults.equals(List.of("none")) ? List.<String>of() : faults) {
      try {
        kinds.add(Faults.Kind.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw wrong("--faults " + name + ": there is " + String.join(", ", new FaultNames()));
      }
    }
    return kinds;
  }

  private Set<String> workloadNames() {
    if (workloads == null) {
      return Simulate.workloadNames();
    }
    for (String name : workloads) {
      if (!Simulate.workloadNames().contains(name)) {
        throw wrong("--workloads " + name + ": there is " + String.join(", ", new WorkloadNames()));
      }
    }
    return new LinkedHashSet<>(workloads);
  }

  private long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw wrong("--seeds " + seeds + ": expected two numbers such as 1..100");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

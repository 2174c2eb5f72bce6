package io.ilion.tools;

import io.ilion.simulator.Convergence;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code ilion convergence}: how fast clusters of some sizes agree, in virtual time. */
@Command(
    name = "convergence",
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class,
    sortOptions = false,
    description = {
      "Measures, in virtual time, how long gossip and the metadata log take to reach all nodes."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  ilion convergence --nodes 3,10,30", "  ilion convergence --nodes 100 --seed 2"})
final class ConvergenceCommand implements Callable<Integer> {
  private static final int MAX_NODES = 2000;

  @CommandLine.Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N,...",
      split = ",",
      defaultValue = "10,100,1000",
      description = "the sizes, from 3 to 2000 nodes (default: ${DEFAULT-VALUE})")
  private List<Integer> nodes;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "decides every delay and choice (default: ${DEFAULT-VALUE})")
  private long seed;

  @Override
  public Integer call() {
    for (int count : nodes) {
      if (count < 3 || count > MAX_NODES) {
        throw new ParameterException(
            spec.commandLine(), "--nodes " + count + ": from 3 to " + MAX_NODES);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "| nodes | all meet | news reach all | sent by a node | a death is seen | mistakes"
            + " | a change is decided | known by all | sent for it | placement |");
    out.println("|---|---|---|---|---|---|---|---|---|---|");
    for (int count : nodes) {
      Convergence.Row row = Convergence.measure(count, seed, System::nanoTime);
      out.println(
          String.format(
              Locale.ROOT,
              "| %d | %.1f s | %.1f s | %.1f messages, %.1f KB a second | %.1f to %.1f s | %d"
                  + " | %.0f ms | %.0f ms | %d messages, %.1f KB | %.1f ms |",
              row.nodes(),
              row.meetSeconds(),
              row.newsSeconds(),
              row.messagesEach(),
              row.bytesEach() / 1000,
              row.deathFirstSeconds(),
              row.deathLastSeconds(),
              row.mistakes(),
              row.changeDecidedSeconds() * 1000,
              row.changeSeconds() * 1000,
              row.changeMessages(),
              row.changeBytes() / 1e3,
              row.placementMillis()));
      out.flush();
    }
    return 0;
  }
}

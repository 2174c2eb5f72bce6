package io.ilion.tools.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The load runner. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Puts a cluster under load, checks what it answers, and reports.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      ListCommand.class,
      ShowCommand.class,
      CompareCommand.class,
      ReportCommand.class,
      AgentCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench run key-value                          as fast as the cluster answers",
      "  ilion bench run ycsb-a --rate 20000 --out a        at a rate; writes a.json, a.hlog,"
          + " a.html",
      "  ilion bench run time-series --find-rate 'p99<10ms' the highest rate that holds this",
      "  ilion bench run ycsb-b --processes 4                four processes that are one run",
      "  ilion bench run ycsb-a --peer cassandra --out both  the same on Cassandra, compared",
      "  ilion bench show queue > mine.yaml                 to begin a workload of one's own",
      "  ilion bench compare before.json after.json"
    })
public final class BenchCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}

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
      "  ilion bench run key-value                            as fast as it answers",
      "  ilion bench run ycsb-a --rate 20000 --out a          a.html, a.json, a.hlog",
      "  ilion bench run time-series --find-rate 'p99<10ms'   the highest with that",
      "  ilion bench run ycsb-b --processes 4                 four that are one run",
      "  ilion bench run ycsb-a --peer cassandra --out both   Cassandra beside it",
      "  ilion bench show queue > mine.yaml                   to begin one's own from",
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

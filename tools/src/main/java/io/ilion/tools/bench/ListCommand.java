package io.ilion.tools.bench;

import io.ilion.bench.load.workload.NamedWorkloads;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** Lists the workloads that come along. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the workloads that come along.")
public final class ListCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (String name : NamedWorkloads.names()) {
      out.printf("%-12s %s%n", name, NamedWorkloads.find(name, Map.of()).description());
    }
    out.flush();
    return 0;
  }
}

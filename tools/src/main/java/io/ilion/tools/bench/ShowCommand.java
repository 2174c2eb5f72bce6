package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Prints a workload. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Prints a workload that comes along, to read it or to begin an own one from.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench show ycsb-a                        its parameters stand first",
      "  ilion bench show queue > mine.yaml && ilion bench run mine.yaml"
    })
public final class ShowCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Parameters(paramLabel = "WORKLOAD", description = "its name")
  private String name;

  @Override
  public Integer call() {
    try {
      PrintWriter out = spec.commandLine().getOut();
      out.print(NamedWorkloads.text(name));
      out.flush();
      return 0;
    } catch (BenchException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
  }
}

package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Prints a workload. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a workload that comes along, to read it or to begin an own one from.",
      "Of a file that ends in .json, which 'run --out' wrote, prints the summary."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench show ycsb-a                        its parameters stand first",
      "  ilion bench show queue > mine.yaml && ilion bench run mine.yaml",
      "  ilion bench show a.json                        what a run found, once more"
    })
public final class ShowCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Parameters(paramLabel = "WORKLOAD", description = "its name, or the file of a result")
  private String name;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (name.endsWith(".json")) {
      Style style = Style.of(Style.Stream.OUT, System.getenv(), null);
      try {
        new Summary(style).lines(ResultFile.read(Path.of(name))).forEach(out::println);
      } catch (BenchException e) {
        throw ToolException.failed(e.getMessage()).causedBy(e);
      }
      out.flush();
      return 0;
    }
    try {
      out.print(NamedWorkloads.text(name));
      out.flush();
      return 0;
    } catch (BenchException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
  }
}

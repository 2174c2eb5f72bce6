package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.HtmlReport;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.tools.console.ToolException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws results. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Draws results, each in a colour of its own, as one page of HTML.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench report a.json                      report.html",
      "  ilion bench report ilion.json cassandra.json -o both.html"
    })
public final class ReportCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Parameters(paramLabel = "RESULT", arity = "1..*", description = "what 'run --out' wrote as JSON")
  private List<Path> files;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      defaultValue = "report.html",
      description = "where the page goes (default: ${DEFAULT-VALUE})")
  private Path out;

  @Override
  public Integer call() {
    try {
      Map<String, RunResult> runs = new LinkedHashMap<>();
      for (Path file : files) {
        String name = file.getFileName().toString().replaceFirst("\\.json$", "");
        String label = name;
        for (int i = 2; runs.containsKey(label); i++) {
          label = name + " " + i;
        }
        runs.put(label, ResultFile.read(file));
      }
      HtmlReport.write(runs, out);
      spec.commandLine().getErr().println("wrote " + out);
      return 0;
    } catch (BenchException e) {
      throw ToolException.failed(e.getMessage()).causedBy(e);
    }
  }
}

package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.Comparison;
import io.ilion.bench.load.report.Comparison.Verdict;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares two results, or two sets of them. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares two results, or two sets of them separated by commas, with intervals at 95 %%.",
      "Exit code 3 with --fail-if-worse if the second is worse in a figure."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench compare before.json after.json",
      "  ilion bench compare a1.json,a2.json b1.json,b2.json     runs in turns",
      "  ilion bench compare main.json mine.json --fail-if-worse && echo merge it",
      "  ilion bench compare a.json b.json --format json | jq '.figures[].verdict'"
    })
public final class CompareCommand implements Callable<Integer> {
  private static final int WORSE = 3;

  @CommandLine.Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A.json[,...]", description = "the runs before")
  private String before;

  @Parameters(index = "1", paramLabel = "B.json[,...]", description = "the runs after")
  private String after;

  @Option(names = "--fail-if-worse", description = "exit with 3 if a figure is shown to be worse")
  private boolean failIfWorse;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "of the comparison (default: ${DEFAULT-VALUE})")
  private String format;

  @Override
  public Integer call() {
    if (!List.of("text", "json").contains(format)) {
      throw ToolException.wrongUse("--format is text or json");
    }
    try {
      List<RunResult> a = read(before);
      List<RunResult> b = read(after);
      List<String> workloads =
          Stream.concat(a.stream(), b.stream()).map(RunResult::workload).distinct().toList();
      if (workloads.size() > 1) {
        spec.commandLine()
            .getErr()
            .println(
                "ilion: these are runs of different workloads: " + String.join(", ", workloads));
      }
      sayWhatElseDiffers(a.getFirst(), b.getFirst());
      List<Comparison.Line> lines = Comparison.of(a, b);
      ComparisonTable table =
          new ComparisonTable(Style.of(Style.Stream.OUT, System.getenv(), null));
      boolean worse = lines.stream().anyMatch(line -> line.verdict() == Verdict.WORSE);
      PrintWriter out = spec.commandLine().getOut();
      if (format.equals("json")) {
        out.println(ResultFile.text(ComparisonTable.values(before, after, lines)));
      } else {
        table.lines("A", "B", lines).forEach(out::println);
      }
      out.flush();
      return failIfWorse && worse ? WORSE : 0;
    } catch (BenchException e) {
      throw ToolException.failed(e.getMessage()).causedBy(e);
    }
  }

  /** Of runs that were not alike the figures say less than they seem to. */
  private void sayWhatElseDiffers(RunResult a, RunResult b) {
    List<String> different = new ArrayList<>();
    for (Function<RunResult, Map<String, String>> of :
        List.<Function<RunResult, Map<String, String>>>of(
            RunResult::settings, RunResult::parameters)) {
      Set<String> names = new LinkedHashSet<>(of.apply(a).keySet());
      names.addAll(of.apply(b).keySet());
      for (String name : names) {
        String first = of.apply(a).getOrDefault(name, "");
        String second = of.apply(b).getOrDefault(name, "");
        if (!first.equals(second)) {
          different.add("%s (%s, %s)".formatted(name, orNone(first), orNone(second)));
        }
      }
    }
    if (!different.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("ilion: these runs differ in " + String.join(", ", different));
    }
  }

  private static String orNone(String value) {
    return value.isEmpty() ? "none" : value;
  }

  private static List<RunResult> read(String files) {
    return Arrays.stream(files.split(",")).map(Path::of).map(ResultFile::read).toList();
  }
}

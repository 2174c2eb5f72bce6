package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.Comparison;
import io.ilion.bench.load.report.Comparison.Verdict;
import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.TableText.Align;
import io.ilion.tools.console.TableText.Cell;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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

  @Override
  public Integer call() {
    try {
      List<Comparison.Line> lines = Comparison.of(read(before), read(after));
      Style style = Style.of(Style.Stream.OUT, System.getenv(), null);
      TableText table =
          new TableText(style)
              .column("figure")
              .column("A", Align.RIGHT)
              .column("B", Align.RIGHT)
              .column("B / A", Align.RIGHT)
              .column("95 % interval", Align.RIGHT)
              .column("B is");
      boolean worse = false;
      for (Comparison.Line line : lines) {
        Verdict verdict = line.verdict();
        worse |= verdict == Verdict.WORSE;
        table.row(
            new Cell(line.name(), Tone.PLAIN),
            new Cell(Figures.number(line.first()), Tone.NUMBER),
            new Cell(Figures.number(line.second()), Tone.NUMBER),
            new Cell(String.format(Locale.ROOT, "%.3f", line.ratio()), Tone.NUMBER),
            new Cell(interval(line), Tone.FAINT),
            verdict(verdict));
      }
      PrintWriter out = spec.commandLine().getOut();
      table.lines().forEach(out::println);
      out.flush();
      return failIfWorse && worse ? WORSE : 0;
    } catch (BenchException e) {
      throw ToolException.failed(e.getMessage()).causedBy(e);
    }
  }

  private static String interval(Comparison.Line line) {
    return Double.isNaN(line.low())
        ? "too few seconds"
        : String.format(Locale.ROOT, "%.3f to %.3f", line.low(), line.high());
  }

  private static Cell verdict(Verdict verdict) {
    return switch (verdict) {
      case BETTER -> new Cell("better", Tone.GOOD);
      case WORSE -> new Cell("worse", Tone.ERROR);
      case NOT_SHOWN -> new Cell("not shown to differ", Tone.FAINT);
    };
  }

  private static List<RunResult> read(String files) {
    return Arrays.stream(files.split(",")).map(Path::of).map(ResultFile::read).toList();
  }
}

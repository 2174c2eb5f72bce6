package io.ilion.tools.bench;

import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.report.StatementResult;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.TableText.Align;
import io.ilion.tools.console.TableText.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A result as a few lines of text. */
final class Summary {
  private final Style style;

  Summary(Style style) {
    this.style = style;
  }

  List<String> lines(RunResult result) {
    TableText table =
        new TableText(style)
            .column(result.workload())
            .column("operations", Align.RIGHT)
            .column("each s", Align.RIGHT)
            .column("mean", Align.RIGHT)
            .column("p50", Align.RIGHT)
            .column("p90", Align.RIGHT)
            .column("p99", Align.RIGHT)
            .column("p99.9", Align.RIGHT)
            .column("max", Align.RIGHT)
            .column("errors", Align.RIGHT);
    for (StatementResult statement : result.statements()) {
      add(table, statement, result.seconds());
    }
    if (result.statements().size() != 1) {
      add(table, result.total(), result.seconds());
    }
    List<String> lines = new ArrayList<>(table.lines());
    for (Map.Entry<String, Long> error : result.total().errors().entrySet()) {
      lines.add(style.paint(Tone.ERROR, "  %,d x %s".formatted(error.getValue(), error.getKey())));
    }
    lines.add("");
    StringBuilder cost = new StringBuilder();
    cost.append(Figures.number(result.seconds())).append(" s recorded");
    if (result.cutShort()) {
      cost.append(style.paint(Tone.WARNING, " (cut short by Ctrl-C)"));
    }
    if (!Double.isNaN(result.serverMicrosPerOperation())) {
      double memory =
          result.samples().stream().mapToDouble(Sample::serverBytes).max().orElse(Double.NaN);
      cost.append(", servers ")
          .append(Figures.number(result.serverMicrosPerOperation()))
          .append(" us of processor time an operation, ")
          .append(Figures.bytes(memory))
          .append(" resident");
    }
    cost.append(", client ")
        .append(Figures.number(result.clientMicrosPerOperation()))
        .append(" us an operation");
    lines.add(cost.toString());
    if ("open".equals(result.settings().get("loop"))) {
      lines.add(
          "times count from when operations were due; from when they were sent p99 is "
              + Figures.time(result.total().service().p99()));
    }
    return lines;
  }

  private static void add(TableText table, StatementResult statement, double seconds) {
    Percentiles times = statement.response();
    boolean failed = statement.failures() > 0;
    table.row(
        new Cell(statement.name(), Tone.PLAIN),
        new Cell("%,d".formatted(statement.count()), Tone.NUMBER),
        new Cell(Figures.number(statement.count() / seconds), Tone.NUMBER),
        new Cell(Figures.time(times.mean()), Tone.PLAIN),
        new Cell(Figures.time(times.p50()), Tone.PLAIN),
        new Cell(Figures.time(times.p90()), Tone.PLAIN),
        new Cell(Figures.time(times.p99()), Tone.PLAIN),
        new Cell(Figures.time(times.p999()), Tone.PLAIN),
        new Cell(Figures.time(times.max()), Tone.PLAIN),
        new Cell("%,d".formatted(statement.failures()), failed ? Tone.ERROR : Tone.PLAIN));
  }
}

package io.ilion.tools.bench;

import io.ilion.bench.load.report.Comparison;
import io.ilion.bench.load.report.Comparison.Verdict;
import io.ilion.bench.load.report.Figures;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.TableText.Align;
import io.ilion.tools.console.TableText.Cell;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A comparison of two results as a table. */
final class ComparisonTable {
  private final Style style;

  ComparisonTable(Style style) {
    this.style = style;
  }

  /** The table of a comparison of what has these two names. */
  List<String> lines(String first, String second, List<Comparison.Line> lines) {
    TableText table =
        new TableText(style)
            .column("figure")
            .column(first, Align.RIGHT)
            .column(second, Align.RIGHT)
            .column(second + " / " + first, Align.RIGHT)
            .column("95 % interval", Align.RIGHT)
            .column(second + " is");
    for (Comparison.Line line : lines) {
      table.row(
          new Cell(line.name(), Tone.PLAIN),
          new Cell(Figures.number(line.first()), Tone.NUMBER),
          new Cell(Figures.number(line.second()), Tone.NUMBER),
          new Cell(String.format(Locale.ROOT, "%.3f", line.ratio()), Tone.NUMBER),
          new Cell(interval(line), Tone.FAINT),
          verdict(line.verdict()));
    }
    List<String> all = new ArrayList<>(table.lines());
    all.add("");
    all.add(style.paint(Tone.FAINT, "figures are medians of the seconds of a run"));
    return all;
  }

  /** The same as JSON has it. */
  static Map<String, Object> values(String first, String second, List<Comparison.Line> lines) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("first", first);
    values.put("second", second);
    values.put("figures", lines);
    return values;
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
}

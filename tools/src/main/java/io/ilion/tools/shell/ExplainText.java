package io.ilion.tools.shell;

import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An answer to EXPLAIN as a tree: each step below the one that it is a part of, then warnings. */
final class ExplainText {
  private static final String WARNING = "warning";
  private static final int MOST_WIDTH = 100;

  private final Style style;
  private final boolean analyzed;
  private final int width;

  private ExplainText(Style style, boolean analyzed) {
    this.style = style;
    this.analyzed = analyzed;
    this.width = Math.min(MOST_WIDTH, style.width());
  }

  /** Whether a result is such an answer. */
  static boolean is(Page page) {
    return page.columns().size() > 0
        && page.columns().keyspace(0).equals("system")
        && page.columns().table(0).equals("explain");
  }

  /** The lines that show it; it has no second page. */
  static List<String> lines(Page page, Style style) {
    return new ExplainText(style, page.columns().contains("micros")).tree(page);
  }

  private List<String> tree(Page page) {
    List<String> lines = new ArrayList<>();
    Map<Integer, Integer> depths = new HashMap<>();
    lines.add("");
    for (Row row : page) {
      String step = row.getString("step");
      String detail = row.getString("detail");
      if (step.equals(WARNING)) {
        wrapped(lines, detail);
        continue;
      }
      int depth = row.isNull("parent") ? 0 : 1 + depths.getOrDefault(row.getInt("parent"), 0);
      depths.put(row.getInt("id"), depth);
      String figures = figures(row);
      lines.add(
          "  ".repeat(depth)
              + style.paint(Tone.KEYWORD, step)
              + ": "
              + detail
              + (figures.isEmpty() ? "" : "  " + style.paint(Tone.NUMBER, "(" + figures + ")")));
    }
    lines.add("");
    return lines;
  }

  private String figures(Row row) {
    List<String> texts = new ArrayList<>();
    figure(texts, row, "partitions", "partition");
    figure(texts, row, "rows", "row");
    if (analyzed) {
      figure(texts, row, "deletions", "deletion");
      if (!row.isNull("micros")) {
        texts.add(String.format(Locale.ROOT, "%.3f ms", row.getLong("micros") / 1000.0));
      }
    }
    return (analyzed || texts.isEmpty() ? "" : "in files about ") + String.join(", ", texts);
  }

  private static void figure(List<String> texts, Row row, String column, String name) {
    if (!row.isNull(column)) {
      long value = row.getLong(column);
      texts.add(value + " " + name + (value == 1 ? "" : "s"));
    }
  }

  private void wrapped(List<String> lines, String warning) {
    StringBuilder line = new StringBuilder("!");
    for (String word : warning.split(" ")) {
      if (line.length() + 1 + word.length() > width && line.length() > 1) {
        lines.add(style.paint(Tone.WARNING, line.toString()));
        line.setLength(0);
        line.append(' ');
      }
      line.append(' ').append(word);
    }
    lines.add(style.paint(Tone.WARNING, line.toString()));
  }
}

package io.ilion.tools.shell;

import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.ToolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** DESCRIBE: the server answers it, this gives the answers the form that cqlsh gives them. */
final class Describe {
  private final Shell shell;
  private final Output output;

  Describe(Shell shell, Output output) {
    this.shell = shell;
    this.output = output;
  }

  void run(String text, List<String> words) {
    // A name that is a keyword of ours, such as a table called tables, is written in quotes.
    if (words.size() < 2) {
      throw ToolException.wrongUse("Improper DESCRIBE command.").hint("see HELP DESCRIBE;");
    }
    String what = words.get(1).toUpperCase(Locale.ROOT);
    Page page = shell.query(text);
    if (page.columns().contains("create_statement")) {
      statements(page);
    } else if (page.columns().contains("partitioner")) {
      cluster(page);
    } else if (what.equals("KEYSPACES")) {
      keyspaces(page);
    } else {
      names(page);
    }
    output.flush();
  }

  private List<Row> rows(Page first) {
    List<Row> rows = new ArrayList<>(first.rows());
    for (Page page = first; page.hasMore(); ) {
      page = shell.await(page.next());
      rows.addAll(page.rows());
    }
    return rows;
  }

  private void statements(Page page) {
    List<String> lines = new ArrayList<>();
    for (Row row : rows(page)) {
      lines.add("");
      row.getString("create_statement").lines().forEach(lines::add);
    }
    lines.add("");
    output.text(lines.iterator());
  }

  private void keyspaces(Page page) {
    output.result("");
    columns(rows(page).stream().map(row -> row.getString("name")).toList());
    output.result("");
  }

  private void names(Page page) {
    Map<String, List<String>> byKeyspace = new LinkedHashMap<>();
    for (Row row : rows(page)) {
      byKeyspace
          .computeIfAbsent(row.getString("keyspace_name"), name -> new ArrayList<>())
          .add(row.getString("name"));
    }
    byKeyspace.forEach(
        (keyspace, names) -> {
          output.result("");
          if (shell.keyspace() == null) {
            output.result("Keyspace " + keyspace);
            output.result("---------" + "-".repeat(keyspace.length()));
          }
          columns(names);
        });
    if (!byKeyspace.isEmpty()) {
      output.result("");
    }
  }

  private void cluster(Page page) {
    for (Row row : page) {
      output.result("");
      output.result("Cluster: " + row.getString("cluster"));
      output.result("Partitioner: " + row.getString("partitioner"));
      output.result("Snitch: " + row.getString("snitch"));
      output.result("");
      if (page.columns().contains("range_ownership") && !row.isNull("range_ownership")) {
        output.result("Range ownership:");
        Map<?, ?> ranges = (Map<?, ?>) row.getObject("range_ownership");
        ranges.forEach((token, nodes) -> output.result(" %39s  %s".formatted(token, nodes)));
        output.result("");
      }
    }
  }

  /** Names in as many columns as the screen has room for, from top to bottom. */
  private void columns(List<String> names) {
    int rows = 1;
    int[] widths = widths(names, rows);
    while (rows < names.size() && total(widths) > output.style().width()) {
      widths = widths(names, ++rows);
    }
    for (int row = 0; row < rows; row++) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        int index = column * rows + row;
        if (index < names.size()) {
          line.append(names.get(index));
          line.repeat(' ', widths[column] - TableText.width(names.get(index)) + 2);
        }
      }
      output.result(line.toString().stripTrailing());
    }
  }

  private static int[] widths(List<String> names, int rows) {
    int[] widths = new int[(names.size() + rows - 1) / rows];
    for (int i = 0; i < names.size(); i++) {
      widths[i / rows] = Math.max(widths[i / rows], TableText.width(names.get(i)));
    }
    return widths;
  }

  private static int total(int[] widths) {
    int total = -2;
    for (int width : widths) {
      total += width + 2;
    }
    return total;
  }
}

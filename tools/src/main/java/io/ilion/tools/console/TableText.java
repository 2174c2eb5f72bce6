package io.ilion.tools.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jline.utils.WCWidth;

/**
 * An aligned table as cqlsh draws it: names, a line, rows; numbers to the right, texts to the left.
 * What is wide, such as Chinese, counts as it is shown.
 *
 * <pre>{@code
 * TableText table = new TableText(style).column("table").column("rows", Align.RIGHT);
 * table.row("book", "17");
 * table.lines().forEach(out::println);
 *
 *  table | rows
 * -------+------
 *  book  |   17
 * }</pre>
 */
public final class TableText {
  /** Where the text of a cell stands. */
  public enum Align {
    LEFT,
    RIGHT
  }

  /** A text with the colour that it is shown in. It is one line. */
  public record Cell(String text, Style.Tone tone) {}

  private record Column(String name, Align align, Style.Tone tone) {}

  private final Style style;
  private final List<Column> columns = new ArrayList<>();
  private final List<Cell[]> rows = new ArrayList<>();

  /** The widths of all rows so far, so that the pages of a long table go on below each other. */
  private int[] widths = new int[0];

  /** A table without columns. */
  public TableText(Style style) {
    this.style = style;
  }

  /** Adds a column of texts. */
  public TableText column(String name) {
    return column(name, Align.LEFT);
  }

  /** Adds a column. */
  public TableText column(String name, Align align) {
    return column(name, align, Style.Tone.HEADING);
  }

  /** Adds a column whose name has a colour of its own. */
  public TableText column(String name, Align align, Style.Tone tone) {
    columns.add(new Column(name, align, tone));
    return this;
  }

  /** Adds a row; each value as it prints, null as an empty cell. */
  public TableText row(Object... values) {
    Cell[] cells = new Cell[columns.size()];
    for (int i = 0; i < cells.length; i++) {
      Object value = i < values.length ? values[i] : null;
      cells[i] =
          value instanceof Cell cell
              ? cell
              : new Cell(value == null ? "" : value.toString(), Style.Tone.PLAIN);
    }
    rows.add(cells);
    return this;
  }

  /** How many rows it has. */
  public int size() {
    return rows.size();
  }

  /** Forgets the rows, for the next page; the columns stay, and no narrower than they were. */
  public void clear() {
    rows.clear();
  }

  /** The names, the line below them, and the rows. No line ends with blanks. */
  public List<String> lines() {
    return lines(true);
  }

  /** The rows, with or without what stands above them. */
  public List<String> lines(boolean withHeader) {
    widths = Arrays.copyOf(widths, columns.size());
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], width(columns.get(i).name()));
      for (Cell[] row : rows) {
        widths[i] = Math.max(widths[i], width(row[i].text()));
      }
    }
    List<String> lines = new ArrayList<>(rows.size() + 2);
    if (withHeader) {
      StringBuilder names = new StringBuilder(" ");
      StringBuilder rule = new StringBuilder("-");
      for (int i = 0; i < widths.length; i++) {
        Column column = columns.get(i);
        if (i > 0) {
          names.append(" | ");
          rule.append("-+-");
        }
        append(names, new Cell(column.name(), column.tone()), Align.LEFT, i);
        rule.append("-".repeat(widths[i]));
      }
      lines.add(names.toString());
      lines.add(rule.append('-').toString());
    }
    for (Cell[] row : rows) {
      StringBuilder line = new StringBuilder(" ");
      for (int i = 0; i < widths.length; i++) {
        if (i > 0) {
          line.append(" | ");
        }
        append(line, row[i], columns.get(i).align(), i);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** Each row on lines of its own, a line for each column: for rows wider than the terminal. */
  public List<String> expanded(long firstRowNumber) {
    int nameWidth = 0;
    for (Column column : columns) {
      nameWidth = Math.max(nameWidth, width(column.name()));
    }
    List<String> lines = new ArrayList<>(rows.size() * (columns.size() + 1));
    long number = firstRowNumber;
    int ruleWidth = 0;
    for (Cell[] row : rows) {
      for (Cell cell : row) {
        ruleWidth = Math.max(ruleWidth, width(cell.text()));
      }
    }
    for (Cell[] row : rows) {
      lines.add("@ Row " + number++);
      lines.add("-".repeat(nameWidth + 2) + "+" + "-".repeat(ruleWidth + 1));
      for (int i = 0; i < row.length; i++) {
        Column column = columns.get(i);
        lines.add(
            " "
                + style.paint(column.tone(), column.name())
                + " ".repeat(nameWidth - width(column.name()))
                + " | "
                + style.paint(row[i].tone(), row[i].text()));
      }
      lines.add("");
    }
    return lines;
  }

  private void append(StringBuilder line, Cell cell, Align align, int index) {
    int blanks = widths[index] - width(cell.text());
    if (align == Align.RIGHT) {
      line.append(" ".repeat(blanks));
    }
    line.append(style.paint(cell.tone(), cell.text()));
    if (align == Align.LEFT && index < widths.length - 1) {
      line.append(" ".repeat(blanks));
    }
  }

  /** How many columns of a terminal a text takes that has no control characters. */
  public static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      char unit = text.charAt(i);
      if (unit < 0x7f) {
        width++;
        i++;
      } else {
        int point = text.codePointAt(i);
        width += Math.max(0, WCWidth.wcwidth(point));
        i += Character.charCount(point);
      }
    }
    return width;
  }
}

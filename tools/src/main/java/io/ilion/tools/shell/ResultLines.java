package io.ilion.tools.shell;

import io.ilion.driver.Columns;
import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** The lines that show the rows of a result; further pages are fetched when they are looked at. */
final class ResultLines implements Iterator<String> {
  /**
   * How rows are shown.
   *
   * @param expand each column on a line of its own, in tables
   * @param counted whether a table ends with the number of its rows
   */
  record Look(Format format, ValueText values, Style style, boolean expand, boolean counted) {}

  private final Look look;
  private final UnaryOperator<Page> fetch;
  private final Columns columns;
  private final TableText table;
  private final Deque<String> ready = new ArrayDeque<>();
  private Page page;
  private long rows;
  private boolean ended;

  /**
   * The lines of a result.
   *
   * @param fetch gives the page that follows one
   * @param nameTones the colours of the names of the columns
   */
  ResultLines(Page first, UnaryOperator<Page> fetch, Look look, IntFunction<Tone> nameTones) {
    this.look = look;
    this.fetch = fetch;
    this.columns = first.columns();
    this.page = first;
    this.table = new TableText(look.style());
    if (look.format() == Format.TABLE) {
      for (int i = 0; i < columns.size(); i++) {
        table.column(columns.name(i), ValueText.align(columns.type(i)), nameTones.apply(i));
      }
      ready.add("");
    } else if (look.format() == Format.CSV) {
      ready.add(csv(columns.names()));
    }
    show(true);
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && !ended) {
      if (page.hasMore()) {
        page = fetch.apply(page);
        show(false);
      } else {
        ended = true;
        if (look.format() == Format.TABLE) {
          if (!look.expand() || rows == 0) {
            ready.add("");
          }
          if (look.counted()) {
            ready.add("(" + rows + " rows)");
          }
        }
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public String next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void show(boolean first) {
    switch (look.format()) {
      case TABLE -> table(first);
      case JSON -> page.forEach(row -> ready.add(json(row)));
      case CSV ->
          page.forEach(
              row -> {
                String[] values = new String[columns.size()];
                for (int i = 0; i < values.length; i++) {
                  byte[] value = row.getBytes(i);
                  values[i] = value == null ? "" : plain(columns.type(i), value);
                }
                ready.add(csv(List.of(values)));
              });
    }
    rows += page.size();
  }

  /** Where the line breaks of a value need not be hidden, since quotes hold it together. */
  private String plain(CqlType type, byte[] value) {
    if (type.kind() == CqlType.Kind.TEXT || type.kind() == CqlType.Kind.ASCII) {
      return (String) type.decode(value);
    }
    return look.values().of(type, value);
  }

  private void table(boolean first) {
    for (Row row : page) {
      Object[] cells = new Object[columns.size()];
      for (int i = 0; i < cells.length; i++) {
        byte[] value = row.getBytes(i);
        cells[i] =
            new TableText.Cell(
                look.values().of(columns.type(i), value),
                value == null ? Tone.NULL : ValueText.tone(columns.type(i)));
      }
      table.row(cells);
    }
    if (look.expand() && page.size() > 0) {
      ready.addAll(table.expanded(rows + 1));
    } else if (!look.expand() || first) {
      ready.addAll(table.lines(first));
    }
    table.clear();
  }

  private String json(Row row) {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < columns.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      jsonString(out, columns.name(i));
      out.append(": ");
      byte[] value = row.getBytes(i);
      out.append(value == null ? "null" : json(columns.type(i), value));
    }
    return out.append('}').toString();
  }

  private static String json(CqlType type, byte[] value) {
    try {
      if (value.length == 0 && !type.allowsEmpty()) {
        return "\"\"";
      }
      type.validate(value);
      return type.toJson(value);
    } catch (CqlException e) {
      // Not what its type allows, which a server may send all the same: the bytes themselves.
      return "\"0x" + HexFormat.of().formatHex(value) + '"';
    }
  }

  /** Appends a text as JSON has it. */
  static void jsonString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append("\\u00").append(HexFormat.of().toHexDigits((byte) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static String csv(List<String> values) {
    StringBuilder out = new StringBuilder();
    for (String value : values) {
      if (!out.isEmpty()) {
        out.append(',');
      }
      boolean quoted =
          value.indexOf(',') >= 0
              || value.indexOf('"') >= 0
              || value.indexOf('\n') >= 0
              || value.indexOf('\r') >= 0;
      out.append(quoted ? '"' + value.replace("\"", "\"\"") + '"' : value);
    }
    return out.toString();
  }
}

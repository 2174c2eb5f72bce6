package io.ilion.tools.shell;

import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.UserType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What may stand next inside the braces or brackets of a value: the fields of the user-defined type
 * that is meant there, as the types of the table's columns say.
 */
final class LiteralFields {
  private LiteralFields() {}

  /** A brace, bracket or parenthesis that is open. */
  private static final class Level {
    /** Of what stands in it as a whole; null if that is not known. */
    final CqlType type;

    /** The names of fields that are there already. */
    final Set<String> used = new LinkedHashSet<>();

    /** The type of what comes next, if that is a value. */
    CqlType next;

    int elements;

    Level(CqlType type) {
      this.type = type;
      this.next = component(type, 0);
    }
  }

  /**
   * The fields that may be named next.
   *
   * @param words of a statement that inserts or updates, before the place in question
   * @param table that it writes to, or null if it is not known
   * @return null if the place is not inside a value, else the fields, or nothing
   */
  static Set<String> of(List<String> words, TableMetadata table) {
    int start = words.getFirst().equals("INSERT") ? words.indexOf("VALUES") : words.indexOf("SET");
    if (start < 0) {
      return null;
    }
    List<String> columns = words.getFirst().equals("INSERT") ? columns(words, start) : List.of();
    Deque<Level> open = new ArrayDeque<>();
    CqlType column = null;
    int outer = columns.isEmpty() ? 0 : 1;
    for (int i = start + 1; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "{", "[", "(" ->
            open.push(new Level(open.size() <= outer - 1 ? null : typeNow(open, column, outer)));
        case "}", "]", ")" -> open.poll();
        case "WHERE" -> {
          return null;
        }
        case "," -> next(open);
        case ":" -> named(open, words.get(i - 1));
        default -> {
          // A value, or a name that a colon will follow.
        }
      }
      if (outer == 1 && open.size() == 1) {
        column = type(table, columns, open.peek().elements);
      } else if (outer == 0 && open.isEmpty() && word.equals("=")) {
        column = type(table, List.of(words.get(i - 1)), 0);
      }
    }
    if (open.size() <= outer) {
      return null;
    }
    return fields(open.peek(), words.getLast());
  }

  private static CqlType typeNow(Deque<Level> open, CqlType column, int outer) {
    return open.size() == outer ? column : open.peek().next;
  }

  private static void next(Deque<Level> open) {
    if (!open.isEmpty()) {
      Level level = open.peek();
      level.elements++;
      level.next = component(level.type, level.elements);
    }
  }

  /** Behind a colon stands the value of a field, or of a key of a map. */
  private static void named(Deque<Level> open, String name) {
    Level level = open.peek();
    if (level != null && level.type instanceof UserType of) {
      String field = Names.internal(name);
      level.used.add(field);
      int at = of.fieldNames().indexOf(field);
      level.next = at < 0 ? null : of.componentTypes().get(at);
    } else if (level != null && level.type instanceof MapType of) {
      level.next = of.componentTypes().get(1);
    }
  }

  private static Set<String> fields(Level level, String last) {
    Set<String> found = new LinkedHashSet<>();
    if (level.type instanceof UserType of && (last.equals("{") || last.equals(","))) {
      for (String field : of.fieldNames()) {
        if (!level.used.contains(field)) {
          found.add(Names.written(field) + ":");
        }
      }
    }
    return found;
  }

  /** The type of the part of a value with some number, where that can be told. */
  private static CqlType component(CqlType type, int number) {
    if (type == null || type.componentTypes().isEmpty()) {
      return null;
    }
    return type.isTuple() && !type.isUdt()
        ? type.componentTypes().get(Math.min(number, type.componentTypes().size() - 1))
        : type.componentTypes().getFirst();
  }

  private static List<String> columns(List<String> words, int end) {
    List<String> columns = new ArrayList<>();
    for (int i = words.indexOf("(") + 1; i > 0 && i < end; i++) {
      if (!Set.of(",", ")").contains(words.get(i))) {
        columns.add(words.get(i));
      }
    }
    return columns;
  }

  private static CqlType type(TableMetadata table, List<String> columns, int at) {
    if (table == null || at >= columns.size()) {
      return null;
    }
    String name = Names.internal(columns.get(at));
    return table.columns().containsKey(name) ? table.columns().get(name).type() : null;
  }
}

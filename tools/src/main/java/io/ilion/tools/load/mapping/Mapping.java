package io.ilion.tools.load.mapping;

import io.ilion.tools.console.ToolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What somebody says about which field is which column: {@code name=title, 2=author, id=now(),
 * created=__timestamp, *=*, *=-internal}.
 *
 * <p>Left of = is a field, by its name or its position from 0, right of it a column (or the marker
 * of an own statement). A function may stand on either side and gives the value of the column on
 * the other. {@code __ttl} and {@code __timestamp} are columns, too. {@code *=*} means all other
 * fields that have the name of a column; {@code *=-column} all but some, which is what also holds
 * for {@code -column} alone. Names that are no words stand in double quotes.
 */
public final class Mapping {
  /** The column of the time to live, in seconds. */
  public static final String TTL = "__ttl";

  /** The column of the time of writing. */
  public static final String TIMESTAMP = "__timestamp";

  /** Nothing is said. */
  public static final Mapping NONE = new Mapping(Map.of(), Map.of(), true, Set.of());

  private final Map<String, String> fields;
  private final Map<String, String> functions;
  private final boolean others;
  private final Set<String> excluded;

  private Mapping(
      Map<String, String> fields,
      Map<String, String> functions,
      boolean others,
      Set<String> excluded) {
    this.fields = fields;
    this.functions = functions;
    this.others = others;
    this.excluded = excluded;
  }

  /**
   * Reads a mapping.
   *
   * @throws ToolException if it is none
   */
  public static Mapping parse(String text) {
    if (text == null || text.isBlank()) {
      return NONE;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    Map<String, String> functions = new LinkedHashMap<>();
    Set<String> excluded = new LinkedHashSet<>();
    boolean others = false;
    for (String entry : split(text, ',')) {
      List<String> sides = split(entry, '=');
      String left = sides.get(0).strip();
      String right = sides.size() == 2 ? sides.get(1).strip() : left;
      if (sides.size() > 2 || left.isEmpty() || right.isEmpty()) {
        throw wrong(text, "expected FIELD=COLUMN, not '" + entry.strip() + "'");
      }
      if (left.equals("*") || right.startsWith("-")) {
        others = true;
        if (right.startsWith("-")) {
          excluded.add(name(right.substring(1).strip()));
        } else if (!right.equals("*")) {
          throw wrong(text, "behind *= stands * or -COLUMN");
        }
        continue;
      }
      boolean leftCalls = isCall(left);
      String column = special(leftCalls || !isCall(right) ? right : left);
      if (leftCalls || (isCall(right) && column.equals(left))) {
        put(text, functions, fields, name(column), leftCalls ? left : right);
      } else {
        put(text, fields, functions, name(column), name(left));
      }
    }
    return new Mapping(fields, functions, others, excluded);
  }

  private static void put(
      String text,
      Map<String, String> into,
      Map<String, String> other,
      String column,
      String source) {
    if (into.put(column, source) != null || other.containsKey(column)) {
      throw wrong(text, "the column " + column + " stands there twice");
    }
  }

  /** DSBulk's names of what is no column. */
  private static String special(String column) {
    String bare = column.replace(" ", "").toLowerCase(java.util.Locale.ROOT);
    return switch (bare) {
      case "ttl(*)", "__ttl" -> TTL;
      case "writetime(*)", "timestamp(*)", "__timestamp" -> TIMESTAMP;
      default -> column;
    };
  }

  private static boolean isCall(String side) {
    String bare = side.replace(" ", "").toLowerCase(java.util.Locale.ROOT);
    // Nothing is written with these; they are what fields of an unload are called.
    boolean special = bare.startsWith("ttl(") || bare.startsWith("writetime(");
    return !side.startsWith("\"") && side.endsWith(")") && side.indexOf('(') > 0 && !special;
  }

  private static String name(String side) {
    return side.length() >= 2 && side.startsWith("\"") && side.endsWith("\"")
        ? side.substring(1, side.length() - 1).replace("\"\"", "\"")
        : side;
  }

  /** Splits where a character is neither in quotes nor in parentheses. */
  static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    char quote = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (c == separator && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static ToolException wrong(String text, String reason) {
    return ToolException.wrongUse("--map '" + text + "': " + reason)
        .hint("such as --map 'name=title, 2=author, id=now(), age=__ttl, *=*'");
  }

  /** The text that it was read from, for who compares mappings; empty for none. */
  public String source() {
    return fields + " " + functions + " " + others + " " + excluded;
  }

  /** Whether it names fields, so that those which it does not name may be left out. */
  public boolean namesFields() {
    return !fields.isEmpty();
  }

  /** Whether it says when each record was written. */
  public boolean hasTimestamp() {
    return fields.containsKey(TIMESTAMP) || functions.containsKey(TIMESTAMP);
  }

  /** All calls in it, one behind the other. */
  public String calls() {
    return String.join(" ", functions.values());
  }

  /** The fields of columns: a name or a position. */
  Map<String, String> fields() {
    return fields;
  }

  /** The calls that give columns their values. */
  Map<String, String> functions() {
    return functions;
  }

  /** Whether fields that were not mentioned go into the columns of their names. */
  public boolean others() {
    return others;
  }

  /** Columns that fields of their names do not go into. */
  Set<String> excluded() {
    return excluded;
  }
}

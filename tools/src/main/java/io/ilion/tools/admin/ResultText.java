package io.ilion.tools.admin;

import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.TableText.Align;
import io.ilion.tools.console.TableText.Cell;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Results as people read them: objects as names and values, lists of objects as tables, bytes and
 * shares with units. The names of values say what they are, as in {@code load_bytes}.
 */
final class ResultText {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final Set<String> HIDDEN = Set.of("is_long", "changes_node");

  /** An object of more names and values than this is shown below, and not in a cell. */
  private static final int MOST_IN_CELL = 6;

  /** Milliseconds that Cassandra's tables tell, mostly less than one. */
  private static final Pattern LATENCY = Pattern.compile("(.*_)?(p\\d\\d|max)_ms");

  /** A single row of more is shown as names and values. */
  private static final int MOST_IN_ROW = 10;

  private final Style style;
  private final List<String> lines = new ArrayList<>();

  private ResultText(Style style) {
    this.style = style;
  }

  /** The lines of the result of an operation. */
  static List<String> of(String operation, JsonNode result, Style style) {
    ResultText text = new ResultText(style);
    if (operation.equals("tasks")) {
      // What came of one is told by its number.
      result.forEach(task -> ((ObjectNode) task).remove(List.of("result", "unit")));
    }
    if (operation.equals("status") && result.has("nodes")) {
      text.status(result);
    } else {
      text.show(result, "");
    }
    return text.lines;
  }

  /** nodetool's shape: a list for each data centre, state and liveness in two letters. */
  private void status(JsonNode result) {
    Set<String> centers = new LinkedHashSet<>();
    result.path("nodes").forEach(node -> centers.add(node.path("dc").asString()));
    boolean ofKeyspace = !result.path("keyspace").isNull();
    for (String dc : centers) {
      lines.add(style.paint(Tone.HEADING, "Datacenter: " + dc));
      TableText table =
          new TableText(style)
              .column("")
              .column("address")
              .column("load", Align.RIGHT)
              .column("tokens", Align.RIGHT)
              .column(ofKeyspace ? "owns (effective)" : "owns", Align.RIGHT)
              .column("host id")
              .column("rack");
      for (JsonNode node : result.path("nodes")) {
        if (node.path("dc").asString().equals(dc)) {
          boolean up = node.path("status").asString().equals("UP");
          String letters = (up ? "U" : "D") + node.path("state").asString("?").charAt(0);
          table.row(
              new Cell(letters, up ? Tone.GOOD : Tone.ERROR),
              node.path("address").asString(),
              text("load_bytes", node.path("load_bytes")),
              node.path("tokens").asString(),
              percent(node.path("owns").asDouble()),
              node.path("host_id").asString(),
              node.path("rack").asString());
        }
      }
      lines.addAll(table.lines());
      lines.add("");
    }
    lines.add(
        style.paint(Tone.FAINT, "U up, D down; N normal, J joining, L leaving" + note(ofKeyspace)));
  }

  private static String note(boolean ofKeyspace) {
    return ofKeyspace ? "" : "; name a keyspace to count replicas";
  }

  private void show(JsonNode node, String indent) {
    if (node.isObject()) {
      object(node, indent);
    } else if (node.isArray() && isTable(node) && isWideRow(node)) {
      object(node.get(0), indent);
    } else if (node.isArray() && isTable(node)) {
      table(node, indent);
    } else if (node.isArray() && node.isEmpty() && indent.isEmpty()) {
      lines.add("none");
    } else if (node.isArray()) {
      node.forEach(each -> show(each, indent));
    } else {
      lines.add(indent + text("", node));
    }
  }

  private void object(JsonNode object, String indent) {
    int width =
        object.properties().stream()
            .filter(each -> !isNested(each.getValue()))
            .mapToInt(each -> title(each.getKey()).length())
            .max()
            .orElse(0);
    for (Map.Entry<String, JsonNode> each : object.properties()) {
      if (isNested(each.getValue())) {
        continue;
      }
      String name = title(each.getKey());
      lines.add(
          indent
              + style.paint(Tone.HEADING, name)
              + " ".repeat(width - name.length())
              + "  "
              + text(each.getKey(), each.getValue()));
    }
    if (isRowOfObjects(object)) {
      rows(object, indent);
      return;
    }
    for (Map.Entry<String, JsonNode> each : object.properties()) {
      if (isNested(each.getValue())) {
        lines.add(indent + style.paint(Tone.HEADING, title(each.getKey())) + ":");
        if (each.getValue().isEmpty()) {
          lines.add(indent + "  none");
        }
        show(each.getValue(), indent + "  ");
      }
    }
  }

  /** Objects of one shape, such as histograms, are rows of one table. */
  private static boolean isRowOfObjects(JsonNode object) {
    List<JsonNode> nested =
        object.properties().stream().map(Map.Entry::getValue).filter(ResultText::isNested).toList();
    return nested.size() > 1
        && nested.stream().allMatch(each -> each.isObject() && isFlat(each))
        && nested.stream().map(ResultText::names).distinct().count() == 1;
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private void rows(JsonNode object, String indent) {
    TableText table = new TableText(style).column("");
    List<String> names = null;
    for (Map.Entry<String, JsonNode> each : object.properties()) {
      if (isNested(each.getValue())) {
        if (names == null) {
          names = names(each.getValue());
          names.forEach(name -> table.column(title(name), Align.RIGHT));
        }
        List<Object> cells = new ArrayList<>();
        cells.add(title(each.getKey()));
        names.forEach(name -> cells.add(text(name, each.getValue().path(name))));
        table.row(cells.toArray());
      }
    }
    table.lines().forEach(line -> lines.add(indent + line));
  }

  private static boolean isNested(JsonNode node) {
    return node.isObject() || (node.isArray() && !isPlain(node));
  }

  /** Whether an object is nothing but a few names and values, which fit into a cell. */
  private static boolean isSmall(JsonNode node) {
    return node.isObject()
        && node.size() <= MOST_IN_CELL
        && node.properties().stream()
            .noneMatch(each -> each.getValue().isObject() || isNested(each.getValue()));
  }

  /** Whether a list has nothing but values, which fit onto a line. */
  private static boolean isPlain(JsonNode array) {
    for (JsonNode each : array) {
      if (each.isContainer()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isFlat(JsonNode object) {
    return object.properties().stream()
        .noneMatch(each -> isNested(each.getValue()) && !isSmall(each.getValue()));
  }

  private static boolean isTable(JsonNode array) {
    for (JsonNode each : array) {
      if (!each.isObject() || !isFlat(each)) {
        return false;
      }
    }
    return !array.isEmpty();
  }

  /** Whether there is one row only, and of so many columns that names below each other say more. */
  private static boolean isWideRow(JsonNode array) {
    return array.size() == 1 && array.get(0).size() > MOST_IN_ROW;
  }

  private void table(JsonNode array, String indent) {
    Set<String> names = new LinkedHashSet<>();
    array.forEach(row -> names.addAll(names(row)));
    names.removeAll(HIDDEN);
    TableText table = new TableText(style);
    for (String name : names) {
      boolean isNumber = false;
      for (JsonNode row : array) {
        isNumber |= row.path(name).isNumber();
      }
      table.column(title(name), isNumber ? Align.RIGHT : Align.LEFT);
    }
    for (JsonNode row : array) {
      table.row(names.stream().map(name -> (Object) text(name, row.path(name))).toArray());
    }
    table.lines().forEach(line -> lines.add(indent + line));
  }

  private static String title(String name) {
    return name.replaceFirst("_(bytes|millis|seconds|micros)$|(?<=p\\d\\d|max)_ms$", "")
        .replace('_', ' ');
  }

  private static String text(String name, JsonNode value) {
    if (value.isNull() || value.isMissingNode()) {
      return "-";
    }
    if (value.isArray()) {
      List<String> texts = new ArrayList<>();
      value.forEach(each -> texts.add(text("", each)));
      return texts.isEmpty() ? "none" : String.join(", ", texts);
    }
    if (value.isObject()) {
      List<String> texts = new ArrayList<>();
      value
          .properties()
          .forEach(each -> texts.add(each.getKey() + " " + text(each.getKey(), each.getValue())));
      return String.join(", ", texts);
    }
    if (value.isBoolean()) {
      return value.asBoolean() ? "yes" : "no";
    }
    if (!value.isNumber()) {
      return value.asString();
    }
    if (name.endsWith("_bytes") || name.equals("bytes")) {
      return bytes(value.asDouble());
    }
    if (name.endsWith("_micros")) {
      return micros(value.asDouble());
    }
    if (LATENCY.matcher(name).matches()) {
      return micros(value.asDouble() * 1e3);
    }
    if (name.endsWith("_millis")) {
      return Instant.ofEpochMilli(value.asLong()).toString();
    }
    if (name.endsWith("_seconds")) {
      return duration(Duration.ofSeconds(value.asLong()));
    }
    if (name.endsWith("_ratio") || name.equals("owns")) {
      return percent(value.asDouble());
    }
    return value.isIntegralNumber()
        ? value.asString()
        : String.format(Locale.ROOT, "%.1f", value.asDouble());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", share * 100);
  }

  static String bytes(double bytes) {
    double rest = bytes;
    int unit = 0;
    while (rest >= 1024 && unit < UNITS.length - 1) {
      rest /= 1024;
      unit++;
    }
    return unit == 0
        ? (long) rest + " B"
        : String.format(Locale.ROOT, "%.1f %s", rest, UNITS[unit]);
  }

  private static String micros(double micros) {
    return micros < 1_000
        ? (long) micros + " us"
        : micros < 1_000_000
            ? String.format(Locale.ROOT, "%.1f ms", micros / 1e3)
            : String.format(Locale.ROOT, "%.1f s", micros / 1e6);
  }

  private static String duration(Duration time) {
    String clock =
        String.format(
            Locale.ROOT,
            "%d:%02d:%02d",
            time.toHoursPart(),
            time.toMinutesPart(),
            time.toSecondsPart());
    return time.toDays() == 0 ? clock : time.toDays() + " d " + clock;
  }
}

package io.ilion.bench.load.workload;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.WholeNumbers;
import io.ilion.bench.load.generate.Generators;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads a workload from YAML; {@code docs/bench.md} describes the form. */
public final class WorkloadReader {
  private static final Set<String> TOP =
      new TreeSet<>(
          Set.of(
              "description", "parameters", "schema", "records", "generators", "populate", "run"));
  private static final Set<String> PHASE = new TreeSet<>(Set.of("cycles", "statements"));
  private static final Set<String> STATEMENT =
      new TreeSet<>(
          Set.of(
              "name",
              "weight",
              "cql",
              "key",
              "bind",
              "verify",
              "may_be_absent",
              "consistency",
              "then",
              "pages"));

  private final String file;
  private final Map<String, String> parameters = new LinkedHashMap<>();

  private WorkloadReader(String file) {
    this.file = file;
  }

  /**
   * Reads a workload.
   *
   * @param file its name, for errors
   * @param settings what parameters are to be instead of what the file says
   * @throws BenchException if it is none, or a setting names no parameter; says where
   */
  public static Workload read(String file, String yaml, Map<String, String> settings) {
    return new WorkloadReader(file).read(yaml, settings);
  }

  private Workload read(String yaml, Map<String, String> settings) {
    YamlValue root = YamlValue.read(file, yaml);
    Map<String, YamlValue> raw = root.entries(TOP);
    if (raw.containsKey("parameters")) {
      raw.get("parameters")
          .entries(null)
          .forEach((name, value) -> parameters.put(name, value.text()));
    }
    Map<String, String> unknown = new HashMap<>(settings);
    unknown.keySet().removeAll(parameters.keySet());
    if (!unknown.isEmpty()) {
      throw new BenchException(
          "%s has no parameter %s; it has %s"
              .formatted(file, String.join(", ", unknown.keySet()), parameters.keySet()));
    }
    settings.forEach((name, said) -> parameters.put(name, setting(parameters.get(name), said)));
    Map<String, YamlValue> entries = root.substituting(this::substitute).entries(TOP);
    if (!entries.containsKey("run")) {
      throw root.wrong("a workload needs 'run'");
    }
    Map<String, String> generators = new LinkedHashMap<>();
    if (entries.containsKey("generators")) {
      entries
          .get("generators")
          .entries(null)
          .forEach((name, value) -> generators.put(name, value.text()));
    }
    return new Workload(
        name(),
        entries.containsKey("description") ? entries.get("description").text().strip() : "",
        parameters,
        entries.containsKey("schema") ? entries.get("schema").texts() : List.of(),
        entries.containsKey("records") ? whole(entries.get("records")) : 0,
        generators,
        entries.containsKey("populate") ? phase(entries.get("populate")) : null,
        phase(entries.get("run")));
  }

  /** What a parameter is set to: one that is a whole number may be set to 5M. */
  private static String setting(String before, String said) {
    return before.matches("\\d+") && said.matches("\\d{1,12}[kM]")
        ? Long.toString(WholeNumbers.parse(said))
        : said;
  }

  private String name() {
    String last = file.substring(file.lastIndexOf('/') + 1);
    return last.endsWith(".yaml") ? last.substring(0, last.length() - ".yaml".length()) : last;
  }

  /** Puts the values of parameters in the place of {@code ${name}}. */
  private String substitute(String text) {
    StringBuilder result = new StringBuilder();
    int from = 0;
    while (true) {
      int start = text.indexOf("${", from);
      int end = start < 0 ? -1 : text.indexOf('}', start);
      if (end < 0) {
        return result.append(text, from, text.length()).toString();
      }
      String name = text.substring(start + 2, end);
      String value = parameters.get(name);
      if (value == null) {
        throw new BenchException(
            "there is no parameter '%s'; there are %s".formatted(name, parameters.keySet()));
      }
      result.append(text, from, start).append(value);
      from = end + 1;
    }
  }

  private Phase phase(YamlValue value) {
    Map<String, YamlValue> entries = value.entries(PHASE);
    if (!entries.containsKey("statements")) {
      throw value.wrong("a phase needs 'statements'");
    }
    List<StatementSpec> statements = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (YamlValue each : entries.get("statements").list()) {
      StatementSpec statement = statement(each);
      if (!names.add(statement.name())) {
        throw each.wrong("there is a statement '" + statement.name() + "' already");
      }
      statements.add(statement);
    }
    for (StatementSpec statement : statements) {
      if (statement.then() != null && !names.contains(statement.then())) {
        throw new BenchException(
            "%s: 'then' names no statement of the phase; there are %s"
                .formatted(statement.where(), names));
      }
    }
    long cycles = entries.containsKey("cycles") ? whole(entries.get("cycles")) : 0;
    return new Phase(cycles, List.copyOf(statements));
  }

  private static StatementSpec statement(YamlValue value) {
    Map<String, YamlValue> entries = value.entries(STATEMENT);
    if (!entries.containsKey("name") || !entries.containsKey("cql")) {
      throw value.wrong("a statement needs 'name' and 'cql'");
    }
    double weight = entries.containsKey("weight") ? real(entries.get("weight")) : 1;
    if (!(weight >= 0)) {
      throw entries.get("weight").wrong("a weight is 0 or more");
    }
    long pages = entries.containsKey("pages") ? whole(entries.get("pages")) : 1;
    List<String> verify = entries.containsKey("verify") ? entries.get("verify").texts() : List.of();
    if (!verify.isEmpty() && !entries.containsKey("key")) {
      throw entries.get("verify").wrong("'verify' needs 'key', the number of the record");
    }
    return new StatementSpec(
        entries.get("name").text(),
        weight,
        entries.get("cql").text().strip(),
        entries.containsKey("key") ? entries.get("key").text() : null,
        entries.containsKey("bind") ? values(entries.get("bind")) : List.of(),
        verify,
        entries.containsKey("may_be_absent") && truth(entries.get("may_be_absent")),
        entries.containsKey("consistency") ? entries.get("consistency").text() : null,
        entries.containsKey("then") ? entries.get("then").text() : null,
        (int) Math.max(1, Math.min(Integer.MAX_VALUE, pages)),
        value.place());
  }

  /** A list, or one text with commas between the values. */
  private static List<String> values(YamlValue bind) {
    return bind.isText() ? Generators.split(bind.text()) : bind.texts();
  }

  private static long whole(YamlValue value) {
    String text = value.text().replace("_", "");
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new BenchException(value.wrong("'" + text + "' is no whole number").getMessage(), e);
    }
    throw value.wrong("'" + text + "' is below 0");
  }

  private static double real(YamlValue value) {
    try {
      return Double.parseDouble(value.text());
    } catch (NumberFormatException e) {
      throw new BenchException(value.wrong("'" + value.text() + "' is no number").getMessage(), e);
    }
  }

  private static boolean truth(YamlValue value) {
    return switch (value.text()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw value.wrong("expected true or false");
    };
  }
}

package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The replication options of one keyspace, checked and completed as Cassandra does. */
final class Replication {
  private static final String LOCATOR = "org.apache.cassandra.locator.";
  private static final String CLASS = "class";
  private static final String FACTOR = "replication_factor";

  private final String keyspace;
  private final Map<String, Integer> nodesByDatacenter;
  private final Map<String, String> before;
  private final Map<String, String> options;
  private final List<String> warnings = new ArrayList<>();

  /**
   * Checks what a statement gave.
   *
   * @param before the options of the keyspace so far; none if it is new
   * @throws CqlException CONFIG_ERROR if no keyspace can be replicated so
   */
  Replication(
      String keyspace,
      Map<String, String> given,
      Map<String, String> before,
      Map<String, Integer> nodesByDatacenter) {
    this.keyspace = keyspace;
    this.before = before;
    this.nodesByDatacenter = nodesByDatacenter;
    this.options = new TreeMap<>(given);
    String name = options.get(CLASS);
    if (name == null) {
      throw missingClass();
    }
    String simple = name.startsWith(LOCATOR) ? name.substring(LOCATOR.length()) : name;
    options.put(CLASS, LOCATOR + simple);
    switch (simple) {
      case "SimpleStrategy" -> simple();
      case "NetworkTopologyStrategy" -> networkTopology();
      case "LocalStrategy" ->
          throw CqlException.invalid(
              "Unable to use given strategy class: LocalStrategy is reserved for internal use.");
      case "OldNetworkTopologyStrategy" ->
          throw CqlException.config(
              "The support for the OldNetworkTopologyStrategy has been removed in C* version 4.0."
                  + " The keyspace strategy should be switch to NetworkTopologyStrategy");
      default ->
          throw CqlException.config(
              "Unable to find replication strategy class '%s'", LOCATOR + simple);
    }
  }

  /** Refuses options, if there are any, without a class; that comes before other checks. */
  static void requireClass(Map<String, String> options) {
    if (options != null && !options.isEmpty() && !options.containsKey(CLASS)) {
      throw missingClass();
    }
  }

  private static CqlException missingClass() {
    return CqlException.config("Missing replication strategy class");
  }

  /** How many copies options that were checked ask for, in all data centres. */
  static int copies(Map<String, String> options) {
    return options.entrySet().stream()
        .filter(option -> !option.getKey().equals(CLASS))
        .mapToInt(option -> checkFactor(option.getValue()))
        .sum();
  }

  /** The options with the full class name and a factor for each data centre. */
  Map<String, String> options() {
    return options;
  }

  /** What the client is told about factors that the cluster cannot fulfil. */
  List<String> warnings() {
    return warnings;
  }

  private void simple() {
    options.putIfAbsent(FACTOR, "1");
    for (String option : options.keySet()) {
      if (!option.equals(CLASS) && !option.equals(FACTOR)) {
        throw unrecognized(option, "SimpleStrategy");
      }
    }
    int nodes = nodesByDatacenter.values().stream().mapToInt(Integer::intValue).sum();
    warnIfMore(checkFactor(options.get(FACTOR)), nodes, "");
  }

  private void networkTopology() {
    String all = options.remove(FACTOR);
    if (all != null || options.size() == 1) {
      // For safety it is for data centres only that have none yet.
      before.forEach(
          (option, factor) -> {
            if (!option.equals(FACTOR)) {
              options.putIfAbsent(option, factor);
            }
          });
    }
    if (all == null && options.size() == 1) {
      all = before.getOrDefault(FACTOR, "1");
    }
    if (all != null) {
      String each = all;
      nodesByDatacenter.keySet().forEach(datacenter -> options.putIfAbsent(datacenter, each));
    }
    options.values().removeIf("0"::equals);
    if (options.size() == 1) {
      throw CqlException.config("Configuration for at least one datacenter must be present");
    }
    options.forEach(
        (option, value) -> {
          if (option.equals(CLASS)) {
            return;
          }
          int factor = checkFactor(value);
          Integer nodes = nodesByDatacenter.get(option);
          if (nodes == null) {
            throw unrecognized(option, "NetworkTopologyStrategy");
          }
          warnIfMore(factor, nodes, " for datacenter " + option);
        });
  }

  private CqlException unrecognized(String option, String strategy) {
    return CqlException.config(
        "Unrecognized strategy option {%s} passed to %s for keyspace %s",
        option, strategy, keyspace);
  }

  private void warnIfMore(int factor, int nodes, String where) {
    if (factor > nodes) {
      warnings.add(
          "Your replication factor %d for keyspace %s is higher than the number of nodes %d%s"
              .formatted(factor, keyspace, nodes, where));
    }
  }

  private static int checkFactor(String text) {
    String factor = text.contains("/") ? text.substring(0, text.indexOf('/')) : text;
    try {
      int number = Integer.parseInt(factor);
      if (number < 0) {
        throw CqlException.config("Replication factor must be non-negative, found %s", factor);
      }
      return number;
    } catch (NumberFormatException e) {
      throw CqlException.config("For input string: \"%s\"", factor);
    }
  }
}

package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Settings;
import io.ilion.server.metrics.MetricsText;
import io.ilion.server.metrics.ProcessMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard and the alerts of {@code docs} ask for what a node serves. */
class MonitoringTest {
  private static final long MINUTE = 60_000_000_000L;
  private static final Pattern SAMPLE =
      Pattern.compile("(ilion_[a-z_]+)(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*})? (\\S+)");
  private static final Pattern NAME = Pattern.compile("ilion_[a-z_]+");
  private static final Pattern SELECTOR = Pattern.compile("(ilion_[a-z_]+)(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)(=~|=|!=|!~)\"([^\"]*)\"");
  private static final Pattern GROUPED = Pattern.compile("\\b(?:by|on) \\(([a-z_, ]+)\\)");
  private static final Pattern SHOWN = Pattern.compile("\\{\\{ *(?:\\$labels\\.)?([a-z_]+) *}}");

  private static final String AGE = "ilion_repair_age_seconds";
  private static final String OVERDUE = "ilion_repair_overdue_seconds";
  private static final String TRACES = "{keyspace=\"system_traces\",table=";

  /** What Prometheus itself adds, or the names of what histograms have. */
  private static final Set<String> OTHER_LABELS = Set.of("instance", "job", "le");

  private static final SimulatedWorld WORLD = new SimulatedWorld(1);
  private static final List<SimulatedCore> CORES = new ArrayList<>();

  /** What the first of three nodes serves, one and two minutes after a table was made. */
  private static String first;

  private static String metrics;

  @BeforeAll
  static void start() throws IOException {
    for (int i = 1; i <= 3; i++) {
      SimulatedNode machine = WORLD.addNode(new NodeAddress("127.0.0." + i, 7000));
      String host = machine.address().host();
      CORES.add(
          new SimulatedCore(
              machine,
              SimulatedCore.config()
                  .with(Settings.ADDRESS, host)
                  .with(Settings.BROADCAST_ADDRESS, host)
                  .with(Settings.SEEDS, List.of("127.0.0.1"))
                  .with(Settings.AUTO_REPAIR_ENABLED, false)
                  .with(Settings.AUTO_REPAIR_INTERVAL, Duration.ofMinutes(5))));
      WORLD.await(CORES.getLast().started());
    }
    for (String cql :
        List.of(
            "CREATE KEYSPACE k WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
            "CREATE TABLE k.t (k int PRIMARY KEY, v int) WITH gc_grace_seconds = 7200",
            "INSERT INTO k.t (k, v) VALUES (1, 1)")) {
      assertThat(WORLD.await(CORES.getFirst().ask(cql, Consistency.ALL)))
          .isNotInstanceOf(Response.Error.class);
    }
    WORLD.run(MINUTE);
    first = CORES.getFirst().core().metricsText();
    WORLD.run(MINUTE);
    MetricsText others = new MetricsText();
    others.gauge("ilion_ready", "As the process around the core says it.").value(1);
    new ProcessMetrics().write(others);
    metrics = CORES.getFirst().core().metricsText() + others;
  }

  @Test
  void theTextIsWhatPrometheusReads() {
    Set<String> headings = new HashSet<>();
    String current = null;
    for (String line : metrics.split("\n", -1)) {
      if (line.startsWith("# HELP ")) {
        current = line.split(" ", 4)[2];
        assertThat(headings.add(current)).as("%s has one heading", current).isTrue();
      } else if (line.startsWith("# TYPE ")) {
        assertThat(line.split(" ")[2]).isEqualTo(current);
      } else if (!line.isEmpty()) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1).replaceFirst("_(bucket|sum|count)$", "")).isEqualTo(current);
        assertThat(Double.parseDouble(sample.group(4))).as(line).isFinite();
      }
    }
  }

  /** A repair by an operator, while the schedule is off and lets a table become late. */
  @Test
  void repairsAreMeasured() {
    SimulatedCore core = CORES.getFirst();
    String table = "{keyspace=\"k\",table=\"t\"} ";
    assertThat(metrics)
        .contains("ilion_repair_grace_seconds" + table + "7200\n")
        .contains("ilion_repair_enabled 0\n", "ilion_repairs_total{result=\"done\"} 0\n");
    // Never repaired, and not due before a part of the first interval is over, each table its own.
    WORLD.run(5 * MINUTE);
    String late = core.core().metricsText();
    long parts = 0;
    for (String of : List.of(table, TRACES + "\"events\"} ", TRACES + "\"sessions\"} ")) {
      long part = value(late, AGE + of) - value(late, OVERDUE + of);
      assertThat(value(late, OVERDUE + of)).isPositive();
      assertThat(part).isBetween(0L, 299L);
      for (String before : List.of(first, metrics)) {
        assertThat(value(before, OVERDUE + of))
            .isEqualTo(Math.max(0, value(before, AGE + of) - part));
      }
      parts += part;
    }
    assertThat(parts).isPositive();

    NodeAddress self = new NodeAddress("127.0.0.1", 7000);
    NodeAddress other = new NodeAddress("127.0.0.2", 7000);
    WORLD.network().setFaults(self, other, new LinkFaults(0, 1, 1, 0, 0, true));
    Response missed =
        WORLD.await(core.ask("INSERT INTO k.t (k, v) VALUES (2, 2)", Consistency.ONE));
    assertThat(missed).isInstanceOf(Result.Void.class);
    WORLD.network().setFaults(self, other, null);
    WORLD.await(core.core().operations().run("repair", Map.of("keyspace", "k")));
    WORLD.run(12 * MINUTE);
    String after = core.core().metricsText();
    assertThat(after)
        .contains("ilion_repairs_total{result=\"done\"} 1\n", "ilion_repairs_running 0\n");
    assertThat(value(after, AGE + table)).isBetween(660L, 780L);
    assertThat(value(after, OVERDUE + table)).isBetween(360L, 480L);
    assertThat(value(after, "ilion_repair_ranges_total ")).isPositive();
    assertThat(value(after, "ilion_repair_differences_total ")).isPositive();
    assertThat(value(CORES.get(1).core().metricsText(), "ilion_repair_fetched_bytes_total "))
        .isPositive();
  }

  private static long value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  @Test
  void whatTheDashboardAsksForIsServed() throws IOException {
    JsonNode dashboard =
        JsonMapper.shared().readTree(Files.readString(monitoring("grafana-dashboard.json")));
    assertThat(dashboard.get("panels").size()).isGreaterThan(20);
    assertServed(dashboard.toString());
    List<Sample> samples = samples();
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        assertLabels(
            samples, target.get("expr").asString(), target.path("legendFormat").asString(""));
      }
    }
  }

  @Test
  void whatTheAlertsAskForIsServed() throws IOException {
    String alerts = Files.readString(monitoring("alerts.yml"));
    assertThat(alerts).contains("IlionNodeDown");
    assertServed(alerts);
    JsonNode file =
        JsonMapper.shared()
            .valueToTree(new Load(LoadSettings.builder().build()).loadFromString(alerts));
    List<Sample> samples = samples();
    int rules = 0;
    for (JsonNode rule : file.path("groups").path(0).path("rules")) {
      rules++;
      assertLabels(samples, rule.get("expr").asString(), rule.get("annotations").toString());
    }
    assertThat(rules).isGreaterThan(10);
  }

  /** One line of the metrics. */
  private record Sample(String name, Map<String, String> labels) {}

  private static List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    for (String line : metrics.split("\n", -1)) {
      Matcher sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        Map<String, String> labels = new HashMap<>();
        Matcher label = LABEL.matcher(String.valueOf(sample.group(2)));
        while (label.find()) {
          labels.put(label.group(1), label.group(3));
        }
        samples.add(new Sample(sample.group(1), labels));
      }
    }
    return samples;
  }

  /**
   * What an expression selects is served with the labels and the values that it asks for, and has
   * those by which it is grouped and that are shown of it.
   */
  private static void assertLabels(List<Sample> samples, String expression, String shown) {
    Set<String> names = new HashSet<>(OTHER_LABELS);
    Matcher selector = SELECTOR.matcher(expression);
    while (selector.find()) {
      List<Sample> selected =
          samples.stream().filter(each -> each.name().equals(selector.group(1))).toList();
      assertThat(selected).as(selector.group()).isNotEmpty();
      selected.forEach(each -> names.addAll(each.labels().keySet()));
      Matcher label = LABEL.matcher(selector.group(2) == null ? "" : selector.group(2));
      while (label.find()) {
        if (OTHER_LABELS.contains(label.group(1))) {
          continue;
        }
        assertThat(label.group(2)).as("kinds of selectors that are known here").matches("=~?");
        assertThat(selected.stream().map(each -> each.labels().get(label.group(1))))
            .as(selector.group())
            .contains(label.group(3).split("\\|"));
      }
    }
    for (Matcher grouped = GROUPED.matcher(expression); grouped.find(); ) {
      assertThat(names).as(expression).contains(grouped.group(1).split(", *"));
    }
    for (Matcher label = SHOWN.matcher(shown); label.find(); ) {
      assertThat(names).as("%s: %s", expression, shown).contains(label.group(1));
    }
  }

  private static void assertServed(String text) {
    Set<String> wanted = new TreeSet<>();
    Matcher names = NAME.matcher(text);
    while (names.find()) {
      wanted.add(names.group());
    }
    assertThat(wanted).hasSizeGreaterThan(8);
    for (String name : wanted) {
      String metric = name.replaceFirst("_(bucket|sum|count)$", "");
      assertThat(metrics).contains("# TYPE " + metric + " ");
    }
  }

  private static Path monitoring(String file) {
    return Path.of("..", "docs", "monitoring", file);
  }
}

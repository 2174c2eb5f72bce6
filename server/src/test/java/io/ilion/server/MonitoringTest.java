package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.ErrorCode;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.metrics.MetricsText;
import io.ilion.server.metrics.ProcessMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard and the alerts of {@code docs} ask for what a node serves. */
class MonitoringTest {
  private static final Pattern SAMPLE =
      Pattern.compile("(ilion_[a-z_]+)(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*})? (\\S+)");
  private static final Pattern NAME = Pattern.compile("ilion_[a-z_]+");
  private static final Pattern CODES = Pattern.compile("code=~?\"([a-z_|]+)\"");

  private static String metrics() throws IOException {
    SimulatedWorld world = new SimulatedWorld(1);
    Config config =
        SimulatedCore.config()
            .with(Settings.ADDRESS, "127.0.0.1")
            .with(Settings.BROADCAST_ADDRESS, "127.0.0.1")
            .with(Settings.SEEDS, List.of("127.0.0.1"));
    SimulatedCore core =
        new SimulatedCore(world.addNode(new NodeAddress("127.0.0.1", 7000)), config);
    world.await(core.started());
    MetricsText others = new MetricsText();
    others.gauge("ilion_ready", "As the process around the core says it.").value(1);
    new ProcessMetrics().write(others);
    return core.core().metricsText() + others;
  }

  @Test
  void theTextIsWhatPrometheusReads() throws IOException {
    Set<String> headings = new HashSet<>();
    String current = null;
    for (String line : metrics().split("\n", -1)) {
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

  @Test
  void whatTheDashboardAsksForIsServed() throws IOException {
    JsonNode dashboard =
        JsonMapper.shared().readTree(Files.readString(monitoring("grafana-dashboard.json")));
    assertThat(dashboard.get("panels").size()).isGreaterThan(20);
    assertServed(dashboard.toString());
  }

  @Test
  void whatTheAlertsAskForIsServed() throws IOException {
    String alerts = Files.readString(monitoring("alerts.yml"));
    assertThat(new Load(LoadSettings.builder().build()).loadFromString(alerts).toString())
        .contains("IlionNodeDown");
    assertServed(alerts);
    Matcher codes = CODES.matcher(alerts);
    Set<String> known = new TreeSet<>();
    for (ErrorCode code : ErrorCode.values()) {
      known.add(code.name().toLowerCase(Locale.ROOT));
    }
    while (codes.find()) {
      assertThat(known).contains(codes.group(1).split("\\|"));
    }
  }

  private static void assertServed(String text) throws IOException {
    String metrics = metrics();
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

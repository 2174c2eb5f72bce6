package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.offline.SSTableStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** How nodes are reached by HTTP, and what that may cost. */
final class StreamFlags {
  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "the HTTP port of nodes, for the layout and for SSTables (default: 9180)")
  private int httpPort = 9180;

  @Option(
      names = "--node-http",
      paramLabel = "ADDRESS=HOST:PORT",
      description = "where a node's HTTP is, if not at its address; may be given several times")
  private Map<String, String> places = Map.of();

  @Option(
      names = "--throttle",
      paramLabel = "MB",
      description = "send so many MB of SSTables a second at most")
  private double throttle;

  /** Asks the first node for the layout of a keyspace. */
  KeyspaceDefinition layout(ConnectionOptions connection, String keyspace) {
    String host = connection.contactPoints().get(0).getHostString();
    String place = places.get(host);
    if (place == null) {
      return KeyspaceLayout.ask(host, httpPort, keyspace);
    }
    int colon = place.lastIndexOf(':');
    try {
      return KeyspaceLayout.ask(
          place.substring(0, Math.max(0, colon)),
          Integer.parseInt(place.substring(colon + 1)),
          keyspace);
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse("--node-http: '" + place + "' is not HOST:PORT").causedBy(e);
    }
  }

  /**
   * Sends a directory of SSTables, and says what became of it; returns the exit code.
   *
   * @param json where that goes as one object instead; null for nowhere
   */
  int send(
      Session session,
      Path directory,
      KeyspaceDefinition keyspace,
      String table,
      Progress progress,
      PrintWriter out,
      PrintWriter json)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    SSTableStream stream =
        new SSTableStream(
            session,
            directory,
            keyspace,
            table,
            new SSTableStream.Options(httpPort, places, Math.round(throttle * 1e6)),
            progress);
    List<SSTableStream.Outcome> outcomes = stream.run();
    progress.close();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (json != null) {
      json.println(json(directory, outcomes, stream.bytesSent(), seconds));
      json.flush();
      return outcomes.stream().allMatch(each -> each.failure() == null) ? 0 : ToolException.FAILED;
    }
    int failed = 0;
    for (SSTableStream.Outcome each : outcomes) {
      String what =
          each.failure() != null
              ? "NOT DONE: " + each.failure()
              : each.wasDone()
                  ? "had it from an earlier run"
                  : "imported " + Progress.count(each.rows()) + " rows";
      out.println(each.node().address().getHostString() + ": " + what);
      failed += each.failure() == null ? 0 : 1;
    }
    out.println(
        "sent %s to %d of %d nodes in %s"
            .formatted(
                LoadSummary.megabytes(stream.bytesSent()),
                outcomes.size() - failed,
                outcomes.size(),
                Progress.duration(Duration.ofNanos((long) (seconds * 1e9)))));
    if (failed > 0) {
      out.println(
          "when the others can be reached by HTTP (http_address, http_port): ilion sstable load "
              + directory);
    }
    out.flush();
    return failed == 0 ? 0 : ToolException.FAILED;
  }

  private static String json(
      Path directory, List<SSTableStream.Outcome> outcomes, long bytes, double seconds) {
    List<Object> nodes = new ArrayList<>();
    for (SSTableStream.Outcome each : outcomes) {
      Map<String, Object> node = new LinkedHashMap<>();
      node.put("address", each.node().address().getHostString());
      node.put("rows", each.rows());
      node.put("by_an_earlier_run", each.wasDone());
      node.put("failure", each.failure());
      nodes.add(node);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("operation", "sstable load");
    values.put("target", directory.toString());
    values.put("complete", outcomes.stream().allMatch(each -> each.failure() == null));
    values.put("bytes", bytes);
    values.put("seconds", Math.round(seconds * 1e3) / 1e3);
    values.put("nodes", nodes);
    return JsonMapper.shared().writeValueAsString(values);
  }
}

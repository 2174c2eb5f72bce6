package io.ilion.bench.load.run;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks nodes of Ilion for their metrics once a second, on a thread of its own, so that a node that
 * does not answer holds nothing up. Of nodes that serve none, or of another server, it knows
 * nothing.
 */
public final class MetricsWatch implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final long INTERVAL_MILLIS = 1000;
  private static final int LONGEST_ANSWER = 8 << 20;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final List<URI> nodes = new ArrayList<>();
  private final Map<URI, Moment> last = new HashMap<>();
  private final Thread thread;
  private volatile Map<String, Double> shown = Map.of();
  private volatile String version = "";

  /** What a node said, and when. */
  private record Moment(long nanos, NodeMetrics metrics) {}

  private MetricsWatch(List<URI> places) {
    for (URI place : places) {
      NodeMetrics first = ask(place);
      if (first != null) {
        nodes.add(place);
        version = first.version();
        last.put(place, new Moment(System.nanoTime(), first));
      }
    }
    thread = Thread.ofPlatform().name("metrics").daemon().unstarted(this::watch);
    if (!nodes.isEmpty()) {
      thread.start();
    }
  }

  /** Watches those of these places that answer now, as {@code http://127.0.0.1:9180/metrics}. */
  public static MetricsWatch of(List<URI> places) {
    return new MetricsWatch(places);
  }

  /** How many nodes answered in the beginning. */
  public int nodes() {
    return nodes.size();
  }

  /** The version of a node; empty if none answered. */
  public String version() {
    return version;
  }

  /** The figures of the last second, added up over the nodes; empty if there are none. */
  public Map<String, Double> latest() {
    return shown;
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(INTERVAL_MILLIS);
        Map<String, Double> sums = new LinkedHashMap<>();
        for (URI node : nodes) {
          NodeMetrics metrics = ask(node);
          if (metrics == null) {
            continue;
          }
          Moment now = new Moment(System.nanoTime(), metrics);
          Moment before = last.put(node, now);
          NodeMetrics.between(before.metrics, metrics, (now.nanos - before.nanos) / 1e9)
              .forEach((name, value) -> sums.merge(name, value, Double::sum));
        }
        shown = sums;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a node serves, or null if it does not answer in time or with something else. */
  private NodeMetrics ask(URI node) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(node).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofString(), LONGEST_ANSWER));
      return answer.statusCode() == 200 ? NodeMetrics.parse(answer.body()) : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    http.shutdownNow();
  }
}

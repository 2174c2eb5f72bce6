package io.ilion.bench.load.run;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The figures of an Ilion node that a report shows, taken from what it serves to Prometheus: sums
 * of counters and gauges at one moment.
 *
 * @param version of the node
 */
record NodeMetrics(String version, Map<String, Double> values) {
  private static final double MEBI = 1 << 20;
  private static final String INFO = "ilion_info";

  /**
   * Reads what a node serves.
   *
   * @return null if this is none of a node of Ilion
   */
  static NodeMetrics parse(String text) {
    Map<String, Double> values = new LinkedHashMap<>();
    String version = null;
    for (String line : text.split("\n", -1)) {
      int space = line.lastIndexOf(' ');
      if (line.startsWith("#") || space < 0) {
        continue;
      }
      int brace = line.indexOf('{');
      String name = line.substring(0, brace < 0 ? space : brace);
      String labels = brace < 0 ? "" : line.substring(brace, space);
      if (name.equals(INFO)) {
        version = label(labels, "version");
      }
      if (name.equals("ilion_pool_pending_tasks")) {
        name += labels.contains("\"lane-") ? ".lanes" : ".background";
      }
      try {
        values.merge(name, Double.parseDouble(line.substring(space + 1)), Double::sum);
      } catch (NumberFormatException e) {
        return null;
      }
    }
    return version == null ? null : new NodeMetrics(version, values);
  }

  private static String label(String labels, String name) {
    int start = labels.indexOf(name + "=\"");
    int from = start + name.length() + 2;
    int end = start < 0 ? -1 : labels.indexOf('"', from);
    return end < 0 ? "" : labels.substring(from, end);
  }

  private double value(String name) {
    return values.getOrDefault(name, 0.0);
  }

  /** What is shown of two moments that are so many seconds from each other. */
  static Map<String, Double> between(NodeMetrics before, NodeMetrics after, double seconds) {
    Map<String, Double> shown = new LinkedHashMap<>();
    shown.put("requests/s", rate(before, after, "ilion_request_duration_seconds_count", seconds));
    shown.put("errors/s", rate(before, after, "ilion_request_errors_total", seconds));
    shown.put(
        "commit log MiB/s",
        rate(before, after, "ilion_commitlog_appended_bytes_total", seconds) / MEBI);
    shown.put("syncs/s", rate(before, after, "ilion_commitlog_syncs_total", seconds));
    shown.put("flushed MiB/s", rate(before, after, "ilion_flushed_bytes_total", seconds) / MEBI);
    shown.put(
        "compacted MiB/s",
        rate(before, after, "ilion_compaction_written_bytes_total", seconds) / MEBI);
    shown.put("compactions running", after.value("ilion_compactions_running"));
    shown.put("compactions waiting", after.value("ilion_compactions_waiting"));
    shown.put("heap MiB", after.value("ilion_heap_used_bytes") / MEBI);
    shown.put("cache MiB", after.value("ilion_cache_bytes") / MEBI);
    shown.put("memtables MiB", after.value("ilion_table_memtable_bytes") / MEBI);
    shown.put("lane tasks waiting", after.value("ilion_pool_pending_tasks.lanes"));
    shown.put("background tasks waiting", after.value("ilion_pool_pending_tasks.background"));
    shown.put("collector ms/s", 1000 * rate(before, after, "ilion_gc_seconds_total", seconds));
    return shown;
  }

  private static double rate(NodeMetrics before, NodeMetrics after, String name, double seconds) {
    return Math.max(0, after.value(name) - before.value(name)) / Math.max(1e-3, seconds);
  }
}

package io.ilion.conformance.chaos;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares what the nodes of a cluster have as its schema. */
final class Schemas {
  /** The versions that a node knows, each with those who have it; there is to be one. */
  private static final Pattern ONE_VERSION =
      Pattern.compile("\"schema_versions\"\\s*:\\s*\\{\\s*\"([^\"]+)\"\\s*:\\s*\\[([^]]*)]\\s*}");

  private Schemas() {}

  /**
   * Whether all nodes have the same version, and all know it of each other, and mean the same by
   * it: tables, their ids, columns and the ids of these.
   *
   * @param nodes where they serve HTTP
   * @return null if so, otherwise what is not so
   */
  static String difference(List<InetSocketAddress> nodes, String keyspace)
      throws IOException, InterruptedException {
    Set<String> versions = new HashSet<>();
    Set<String> layouts = new HashSet<>();
    try (Operator operator = new Operator()) {
      for (InetSocketAddress node : nodes) {
        String cluster = operator.run(node, "describecluster", "{}");
        Matcher matcher = ONE_VERSION.matcher(cluster);
        if (!matcher.find() || matcher.group(2).split(",").length != nodes.size()) {
          return node + " does not know one version of all nodes: " + cluster;
        }
        versions.add(matcher.group(1));
        layouts.add(operator.run(node, "layout", "{\"keyspace\":\"" + keyspace + "\"}"));
      }
    }
    if (versions.size() > 1) {
      return "the nodes have the versions " + versions;
    }
    return layouts.size() == 1 && layouts.iterator().next().contains("\"layout\"")
        ? null
        : "one version is several: " + layouts;
  }
}

package io.ilion.driver.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The nodes that have a partition, in the order of the ring. Immutable. */
public final class Replicas {
  /** Nothing is known. */
  public static final Replicas NONE = new Replicas(List.of());

  private final List<Node> all;
  private final Map<String, List<Node>> byDatacenter;

  Replicas(List<Node> all) {
    this.all = List.copyOf(all);
    this.byDatacenter = byDatacenter(all);
  }

  static Map<String, List<Node>> byDatacenter(List<Node> nodes) {
    Map<String, List<Node>> map = new HashMap<>();
    for (Node node : nodes) {
      map.computeIfAbsent(node.datacenter(), name -> new ArrayList<>()).add(node);
    }
    map.replaceAll((name, list) -> List.copyOf(list));
    return map;
  }

  /** Those of a data centre, or all of them for null. */
  public List<Node> in(String datacenter) {
    return datacenter == null ? all : byDatacenter.getOrDefault(datacenter, List.of());
  }
}

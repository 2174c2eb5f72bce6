package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReadRoute;
import io.ilion.gossip.NodeInfo;
import io.ilion.storage.ReadForecast;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** What is known of a read before it begins, gathered from the lanes. Not to be shared. */
final class ReadOutlook {
  private ReadForecast forecast = ReadForecast.NOTHING;
  private final Map<UUID, Asked> asked = new LinkedHashMap<>();
  private int routes;
  private int waitsFor;
  private int replicas;
  private int mostFiles;

  /** What a node is asked for: of how many partitions, or parts of the ring. */
  static final class Asked {
    private final NodeInfo node;
    private int data;
    private int digests;
    private int spare;

    Asked(NodeInfo node) {
      this.node = node;
    }

    NodeInfo node() {
      return node;
    }

    int data() {
      return data;
    }

    int digests() {
      return digests;
    }

    int spare() {
      return spare;
    }
  }

  void add(ReadForecast more) {
    mostFiles = Math.max(mostFiles, more.files());
    forecast = forecast.plus(more);
  }

  void add(ReadRoute route) {
    routes++;
    waitsFor = Math.max(waitsFor, route.asked().size());
    replicas = Math.max(replicas, route.replicas());
    boolean first = true;
    for (NodeInfo node : route.asked()) {
      Asked entry = of(node);
      entry.data += first ? 1 : 0;
      entry.digests += first ? 0 : 1;
      first = false;
    }
    route.spare().forEach(node -> of(node).spare++);
  }

  void add(ReadOutlook other) {
    forecast = forecast.plus(other.forecast);
    mostFiles = Math.max(mostFiles, other.mostFiles);
    routes += other.routes;
    waitsFor = Math.max(waitsFor, other.waitsFor);
    replicas = Math.max(replicas, other.replicas);
    for (Asked entry : other.asked.values()) {
      Asked sum = of(entry.node);
      sum.data += entry.data;
      sum.digests += entry.digests;
      sum.spare += entry.spare;
    }
  }

  private Asked of(NodeInfo node) {
    return asked.computeIfAbsent(node.hostId(), id -> new Asked(node));
  }

  /** What this node's storage has to look into. */
  ReadForecast forecast() {
    return forecast;
  }

  /** The most files that one read has to look into. */
  int mostFiles() {
    return mostFiles;
  }

  /** Who is asked; nobody if this node reads from its own storage. */
  Map<UUID, Asked> asked() {
    return asked;
  }

  /** Of how many partitions, or parts of the ring, it was looked whom to ask. */
  int routes() {
    return routes;
  }

  /** How many replicas have to answer, at most. */
  int waitsFor() {
    return waitsFor;
  }

  /** How many replicas there are, at most. */
  int replicas() {
    return replicas;
  }
}

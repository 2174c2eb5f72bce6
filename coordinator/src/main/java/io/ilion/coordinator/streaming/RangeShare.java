package io.ilion.coordinator.streaming;

import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.coordinator.streaming.FetchedRanges.Part;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ranges of a keyspace that are fetched from the same replicas.
 *
 * @param tables all of the keyspace that have rows
 * @param ranges ascending
 * @param others chooses who is asked instead of those who cannot read what they have
 */
record RangeShare(
    KeyspaceDefinition keyspace,
    List<TableDefinition> tables,
    List<NodeInfo> sources,
    List<Wanted> ranges,
    Chooser others) {

  /** Chooses who is asked for a range when others than the usual ones have to be. */
  @FunctionalInterface
  interface Chooser {
    /**
     * So many of the replicas of a range that every quorum has one of them, whatever else was
     * allowed: what some cannot read is not to be missed by anybody who does not know of it.
     *
     * @param damaged who cannot read what they have of it
     * @throws StreamException if they are too few
     */
    List<NodeInfo> without(TokenRange range, Set<NodeAddress> damaged);
  }

  /** A range that does not wrap, by those who replicate it or are about to. */
  record Wanted(TokenRange range, Set<UUID> replicas) {
    Part of(String keyspace, UUID table) {
      return new Part(keyspace, table, range, replicas);
    }
  }

  /** What is computed has no rows anywhere, and no storage engine knows it. */
  static List<TableDefinition> tables(KeyspaceDefinition keyspace) {
    return keyspace.tables().values().stream().filter(table -> !table.isVirtual()).toList();
  }

  /**
   * Collects what is wanted of a keyspace that has tables, and then says who fetches what of whom.
   */
  static final class Collector {
    private final KeyspaceDefinition keyspace;
    private final Chooser others;
    private final Map<List<NodeInfo>, List<Wanted>> bySources = new LinkedHashMap<>();

    Collector(KeyspaceDefinition keyspace, Chooser others) {
      this.keyspace = keyspace;
      this.others = others;
    }

    /** Has a range fetched from some of its replicas. */
    void add(TokenRange range, ReplicaSet set, List<NodeInfo> sources) {
      List<Wanted> wanted = bySources.computeIfAbsent(sources, unknown -> new ArrayList<>());
      Set<UUID> all =
          Stream.concat(set.natural().stream(), set.pending().stream())
              .map(NodeInfo::hostId)
              .collect(Collectors.toUnmodifiableSet());
      RangePages.parts(range).forEach(part -> wanted.add(new Wanted(part, all)));
    }

    /** What was collected, in so many pieces that all that may run at once can. */
    List<RangeShare> shares(int atOnce) {
      List<TableDefinition> tables = tables(keyspace);
      List<RangeShare> shares = new ArrayList<>();
      int pieces = Math.max(1, atOnce / Math.max(1, bySources.size()));
      bySources.forEach(
          (sources, wanted) -> {
            wanted.sort(Comparator.comparingLong(one -> one.range.start()));
            for (int i = 0; i < pieces; i++) {
              List<Wanted> some =
                  wanted.subList(wanted.size() * i / pieces, wanted.size() * (i + 1) / pieces);
              if (!some.isEmpty()) {
                shares.add(new RangeShare(keyspace, tables, sources, List.copyOf(some), others));
              }
            }
          });
      return shares;
    }
  }
}

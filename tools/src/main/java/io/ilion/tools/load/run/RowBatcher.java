package io.ilion.tools.load.run;

import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.Replicas;
import io.ilion.model.ring.LaneMapping;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Sorts the rows of a chunk into requests: by who has them, and bounded. One for each thread. */
final class RowBatcher {
  /** Which rows go together. */
  enum Kind {
    REPLICAS,
    PARTITION,
    OFF
  }

  private final Kind kind;
  private final int mostRows;
  private final int mostBytes;
  private final String keyspace;
  private final Map<Object, Group> groups = new IdentityHashMap<>();
  private final Map<Long, Group> partitions = new HashMap<>();

  RowBatcher(Kind kind, int mostRows, int mostBytes, String keyspace) {
    this.kind = kind;
    this.mostRows = mostRows;
    this.mostBytes = mostBytes;
    this.keyspace = keyspace;
  }

  /** Rows that go together, in their order. */
  private static final class Group {
    private Group[] lanes;
    private LaneMapping mapping;
    private int[] rows = new int[64];
    private int count;

    void add(int row) {
      if (count == rows.length) {
        rows = Arrays.copyOf(rows, 2 * count);
      }
      rows[count++] = row;
    }
  }

  /** Sends all rows of a chunk. */
  void send(ChunkState state, RowSender sender, Metadata metadata, boolean routed, LoadRun run)
      throws InterruptedException {
    RowBuffer rows = state.rows();
    if (kind == Kind.OFF || mostRows == 1 || (kind == Kind.PARTITION && !routed)) {
      int[] row = new int[1];
      for (int i = 0; i < rows.count() && run.goesOn(); i++) {
        row[0] = i;
        sender.send(state, row, 0, 1);
      }
      return;
    }
    groups.clear();
    partitions.clear();
    Group one = new Group();
    for (int i = 0; i < rows.count(); i++) {
      group(rows.token(i), metadata, routed, one).add(i);
    }
    send(state, sender, one, run);
    for (Group group : groups.values()) {
      send(state, sender, group, run);
      if (group.lanes != null) {
        for (Group lane : group.lanes) {
          send(state, sender, lane, run);
        }
      }
    }
    for (Group group : partitions.values()) {
      send(state, sender, group, run);
    }
  }

  private Group group(long token, Metadata metadata, boolean routed, Group one) {
    if (!routed) {
      return one;
    }
    if (kind == Kind.PARTITION) {
      return partitions.computeIfAbsent(token, key -> new Group());
    }
    Replicas replicas = metadata.replicas(keyspace, token);
    Group group = groups.get(replicas);
    if (group == null) {
      group = new Group();
      List<Node> nodes = replicas.in(null);
      int lanes = nodes.isEmpty() ? 1 : nodes.get(0).shardCount();
      if (lanes > 1) {
        group.mapping = new LaneMapping(lanes);
        group.lanes = new Group[lanes];
        Arrays.setAll(group.lanes, index -> new Group());
      }
      groups.put(replicas, group);
    }
    return group.lanes == null ? group : group.lanes[group.mapping.laneOf(token)];
  }

  private void send(ChunkState state, RowSender sender, Group group, LoadRun run)
      throws InterruptedException {
    RowBuffer rows = state.rows();
    int from = 0;
    int bytes = 0;
    for (int i = 0; i < group.count && run.goesOn(); i++) {
      int size = rows.length(group.rows[i]);
      if (i > from && (i - from == mostRows || bytes + size > mostBytes)) {
        sender.send(state, group.rows, from, i);
        from = i;
        bytes = 0;
      }
      bytes += size;
    }
    if (from < group.count && run.goesOn()) {
      sender.send(state, group.rows, from, group.count);
    }
  }
}

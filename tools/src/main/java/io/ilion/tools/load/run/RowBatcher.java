package io.ilion.tools.load.run;

import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.Replicas;
import io.ilion.model.ring.LaneMapping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
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
  private final Map<Long, Group> partitions = new LinkedHashMap<>();

  RowBatcher(Kind kind, int mostRows, int mostBytes, String keyspace) {
    this.kind = kind;
    this.mostRows = mostRows;
    this.mostBytes = mostBytes;
    this.keyspace = keyspace;
  }

  /** Where the requests go. */
  interface Outlet {
    /** Sends some rows of a chunk as one request. Waits while too many are on their way. */
    void send(ChunkState state, int[] rows, int from, int to) throws InterruptedException;
  }

  /** Rows that go together, in the order in which they are sent, and how far that is. */
  private static final class Group {
    private Group[] lanes;
    private LaneMapping mapping;
    private int[] rows = new int[64];
    private int count;
    private int sent;

    void add(int row) {
      if (count == rows.length) {
        rows = Arrays.copyOf(rows, 2 * count);
      }
      rows[count++] = row;
    }
  }

  /** Sends all rows of a chunk. */
  void send(ChunkState state, Outlet sender, Metadata metadata, boolean routed, LoadRun run)
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
    List<Group> all = groups(rows, metadata, routed);
    // One request of each in turn, so that all nodes and lanes have work all the time.
    for (int left = all.size(); left > 0 && run.goesOn(); ) {
      for (Group group : all) {
        if (group.sent < group.count && run.goesOn()) {
          int from = group.sent;
          group.sent = end(rows, group);
          sender.send(state, group.rows, from, group.sent);
          left -= group.sent == group.count ? 1 : 0;
        }
      }
    }
  }

  /**
   * The rows that go together, by token: those of one request are then near each other in a node's
   * memory and files, and those of one partition stand together, in the order of the file.
   */
  private List<Group> groups(RowBuffer rows, Metadata metadata, boolean routed) {
    groups.clear();
    partitions.clear();
    Group one = new Group();
    for (int row : rows.byToken()) {
      group(rows.token(row), metadata, routed, one).add(row);
    }
    List<Group> all = new ArrayList<>();
    all.add(one);
    all.addAll(partitions.values());
    for (Group group : groups.values()) {
      all.add(group);
      if (group.lanes != null) {
        all.addAll(List.of(group.lanes));
      }
    }
    all.removeIf(group -> group.count == 0);
    return all;
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

  /** Where the next request of a group ends. */
  private int end(RowBuffer rows, Group group) {
    int from = group.sent;
    int bytes = rows.length(group.rows[from]);
    int to = from + 1;
    while (to < group.count && to - from < mostRows) {
      bytes += rows.length(group.rows[to]);
      if (bytes > mostBytes || repeats(rows, group, from, to)) {
        break;
      }
      to++;
    }
    return to;
  }

  /** Whether a row was there before in a request: what comes later has to have a later time. */
  private static boolean repeats(RowBuffer rows, Group group, int from, int at) {
    int row = group.rows[at];
    for (int i = at - 1; i >= from; i--) {
      int other = group.rows[i];
      if (rows.token(other) != rows.token(row)) {
        return false;
      }
      if (rows.isSameRow(other, row)) {
        return true;
      }
    }
    return false;
  }
}

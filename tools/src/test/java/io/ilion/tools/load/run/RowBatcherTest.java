package io.ilion.tools.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.model.ring.LaneMapping;
import io.ilion.tools.load.format.Chunk;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which rows go into one request, with two nodes that each have half of the rows. */
class RowBatcherTest {
  private static final int ROWS = 200;
  private static final int LANES = 2;

  private record FakeNode(String name, List<Long> tokens) implements Node {
    @Override
    public UUID hostId() {
      return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public InetSocketAddress address() {
      return InetSocketAddress.createUnresolved(name, 9042);
    }

    @Override
    public String datacenter() {
      return "dc1";
    }

    @Override
    public String rack() {
      return "r1";
    }

    @Override
    public String releaseVersion() {
      return "5.0.8";
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public int connections() {
      return 1;
    }

    @Override
    public int inFlight() {
      return 0;
    }

    @Override
    public long latencyNanos() {
      return 0;
    }

    /** One has lanes, the other says nothing of any. */
    @Override
    public int shardCount() {
      return name.equals("lanes") ? LANES : 1;
    }
  }

  private final Metadata metadata =
      new Metadata(
          "c",
          List.of(
              new FakeNode("lanes", List.of(-4L << 60, 2L << 60)),
              new FakeNode("plain", List.of(0L, 6L << 60))),
          Map.of(
              "ks",
              new KeyspaceMetadata(
                  "ks", Map.of("class", "SimpleStrategy", "replication_factor", "1"), true)));
  private final LoadRun run =
      new LoadRun(
          null,
          new Window(1, 1, System::nanoTime),
          new RateLimit(0, System::nanoTime),
          Checkpoint.none(),
          new BadRecords(null, null, false),
          1,
          0,
          0);
  private final RowBuffer rows = new RowBuffer(1024, null);
  private final List<List<Integer>> requests = new ArrayList<>();

  /** Sorts rows whose keys are the numbers below {@code keys}, again and again. */
  private void send(RowBatcher.Kind kind, int mostRows, int mostBytes, int keys, boolean routed)
      throws InterruptedException {
    for (int i = 0; i < ROWS; i++) {
      int start = rows.wire().size();
      rows.wire().putValue(ByteBuffer.allocate(4).putInt(i % keys).array());
      rows.add(start, new int[] {start}, routed ? new int[] {0} : new int[0], 0, 0, false);
    }
    ChunkState state =
        new ChunkState(run, new Chunk(0, new byte[1], 0, 1, 0, 1, 1, null), null, rows);
    new RowBatcher(kind, mostRows, mostBytes, "ks")
        .send(
            state,
            (same, sent, from, to) ->
                requests.add(IntStream.range(from, to).mapToObj(i -> sent[i]).toList()),
            metadata,
            routed,
            run);
    assertThat(requests.stream().flatMap(List::stream))
        .as("each row once")
        .hasSize(ROWS)
        .doesNotHaveDuplicates();
  }

  /** Who has the row of a request, and on which lane. */
  private String place(int row) {
    Node node = metadata.replicas("ks", rows.token(row)).in(null).getFirst();
    return node.shardCount() == 1
        ? "plain"
        : "lane " + new LaneMapping(LANES).laneOf(rows.token(row));
  }

  private List<Set<String>> places() {
    return requests.stream()
        .map(request -> request.stream().map(this::place).collect(Collectors.toSet()))
        .toList();
  }

  @Test
  void rowsOfARequestHaveTheSameReplicasAndLane() throws InterruptedException {
    send(RowBatcher.Kind.REPLICAS, 16, 1 << 20, ROWS, true);
    assertThat(places()).allSatisfy(places -> assertThat(places).hasSize(1));
    assertThat(requests).allSatisfy(request -> assertThat(request).hasSizeLessThanOrEqualTo(16));
    // All but the last of each place are full: sorting costs no requests.
    assertThat(requests).hasSizeLessThanOrEqualTo(ROWS / 16 + 3);
    // One of each in turn: nobody waits for the work of another.
    assertThat(places().subList(0, 3))
        .containsExactlyInAnyOrder(Set.of("plain"), Set.of("lane 0"), Set.of("lane 1"));
    assertThat(places().subList(3, 6)).doesNotHaveDuplicates();
    // Neighbours in the table stand beside each other.
    for (List<Integer> request : requests) {
      assertThat(request.stream().map(rows::token)).isSorted();
    }
  }

  @Test
  void aRequestHasNotMoreBytesThanItMay() throws InterruptedException {
    // A row has eight: the length of its value, and that.
    send(RowBatcher.Kind.REPLICAS, 100, 40, ROWS, true);
    assertThat(requests).allSatisfy(request -> assertThat(request).hasSizeLessThanOrEqualTo(5));
    assertThat(requests).anySatisfy(request -> assertThat(request).hasSize(5));
  }

  @Test
  void aPartitionIsARequestIfThatIsWanted() throws InterruptedException {
    send(RowBatcher.Kind.PARTITION, 100, 1 << 20, 10, true);
    Map<Long, Integer> sizes = new HashMap<>();
    for (List<Integer> request : requests) {
      Set<Long> tokens = request.stream().map(rows::token).collect(Collectors.toSet());
      assertThat(tokens).hasSize(1);
      sizes.merge(tokens.iterator().next(), request.size(), Integer::sum);
      assertThat(request).isSorted();
    }
    assertThat(sizes).hasSize(10).allSatisfy((token, size) -> assertThat(size).isEqualTo(20));
    assertThat(requests).hasSize(10);
  }

  @Test
  void orEachRow() throws InterruptedException {
    send(RowBatcher.Kind.OFF, 100, 1 << 20, ROWS, true);
    assertThat(requests).hasSize(ROWS);
  }

  @Test
  void whatHasNoKnownKeyGoesTogetherInOrder() throws InterruptedException {
    send(RowBatcher.Kind.REPLICAS, 50, 1 << 20, ROWS, false);
    assertThat(requests).hasSize(ROWS / 50);
    assertThat(requests.stream().flatMap(List::stream)).isSorted();
  }
}

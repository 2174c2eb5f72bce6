package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.ClusterState;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.schema.Schema;
import io.ilion.protocol.Event;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What clients are told when the cluster changes. */
class ClusterEventsTest {
  private final NodeInfo self = node(0, "10.0.0.1", State.NORMAL, 0);
  private final NodeInfo other = node(1, "10.0.0.2", State.NORMAL, 100);
  private final List<Event> told = new ArrayList<>();
  private ClusterMetadata metadata =
      new ClusterMetadata(
          new UUID(5, 5),
          1,
          Schema.EMPTY,
          Map.of(self.hostId(), self, other.hostId(), other),
          List.of());
  private final ClusterState view = new ClusterState(self, metadata);

  ClusterEventsTest() {
    view.setAlive(other.hostId(), true);
    view.setServing(other.hostId(), true);
    view.listen(new ClusterEvents(view, told::add));
  }

  private static NodeInfo node(int id, String host, State state, long... tokens) {
    return new NodeInfo(
        new UUID(7, id),
        new NodeAddress(host, 7000),
        new NodeAddress(host, 9042),
        "dc1",
        "rack1",
        state,
        Arrays.stream(tokens).boxed().toList(),
        "1");
  }

  private void put(NodeInfo... nodes) {
    metadata =
        metadata.with(Stream.of(nodes).<Change>map(node -> new Change.PutNode(node)).toList());
    view.apply(metadata);
  }

  /** All that clients were told since the last look. */
  private List<String> news() {
    List<String> news = new ArrayList<>();
    for (Event event : told) {
      news.add(
          switch (event) {
            case Event.TopologyChange e -> e.change() + " " + e.node().getHostString();
            case Event.StatusChange e -> e.status() + " " + e.node().getHostString();
            default -> throw new AssertionError(event);
          });
    }
    told.clear();
    return news;
  }

  @Test
  void aNewcomerIsSpokenOfWhenItServes() {
    NodeInfo joining = node(2, "10.0.0.3", State.JOINING, 200);
    put(joining);
    view.setAlive(joining.hostId(), true);
    assertThat(news()).isEmpty();
    put(joining.in(State.NORMAL));
    assertThat(news()).isEmpty();
    view.setServing(joining.hostId(), true);
    assertThat(news()).containsExactly("NEW_NODE 10.0.0.3", "UP 10.0.0.3");
  }

  @Test
  void whoLeavesIsThereUntilItHasLeft() {
    put(other.in(State.LEAVING));
    assertThat(news()).isEmpty();
    view.setServing(other.hostId(), false);
    put(other.in(State.LEFT));
    assertThat(news()).containsExactly("DOWN 10.0.0.2", "REMOVED_NODE 10.0.0.2");
  }

  @Test
  void otherTokensAreAMove() {
    put(other.in(State.NORMAL, List.of(100L, 300L)));
    assertThat(news()).containsExactly("MOVED_NODE 10.0.0.2");
  }

  @Test
  void anotherAddressIsAnotherNodeForClients() {
    put(node(1, "10.0.0.9", State.NORMAL, 100));
    assertThat(news()).containsExactly("REMOVED_NODE 10.0.0.2", "NEW_NODE 10.0.0.9", "UP 10.0.0.9");
    view.setAlive(other.hostId(), false);
    assertThat(news()).containsExactly("DOWN 10.0.0.9");
  }

  /** Told in another order, clients would forget who is there now. */
  @Test
  void aSuccessorAtTheSameAddressComesAfterWhomItReplaces() {
    for (int successor = 2; successor < 10; successor++) {
      NodeInfo next = node(successor, "10.0.0.2", State.NORMAL, 100);
      view.setAlive(next.hostId(), true);
      view.setServing(next.hostId(), true);
      NodeInfo before = successor == 2 ? other : node(successor - 1, "10.0.0.2", State.LEFT, 100);
      put(before.in(State.LEFT), next);
      assertThat(news())
          .containsExactly("REMOVED_NODE 10.0.0.2", "NEW_NODE 10.0.0.2", "UP 10.0.0.2");
    }
  }
}

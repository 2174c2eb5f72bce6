package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MetadataCodecTest {
  private static final KeyspaceDefinition KEYSPACE =
      new KeyspaceDefinition("k", Map.of("class", "LocalStrategy"), true);
  private static final List<Change> CHANGES =
      List.of(
          new Change.PutKeyspace(KEYSPACE),
          new Change.DropKeyspace("gone"),
          new Change.PutNode(Nodes.node(1, State.JOINING, 5L, Long.MAX_VALUE)),
          new Change.PutNode(Nodes.node(2, State.LEFT)),
          new Change.RemoveNode(Nodes.id(3)),
          new Change.SetVoters(List.of(Nodes.id(1), Nodes.id(2))));

  private static ClusterMetadata metadata() {
    return new ClusterMetadata(new UUID(7, 8), 41, Schema.EMPTY, Map.of(), List.of(Nodes.id(1)))
        .with(CHANGES);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    assertThat(MetadataCodec.decodeChanges(MetadataCodec.encode(CHANGES))).isEqualTo(CHANGES);
    ClusterMetadata read = MetadataCodec.decode(MetadataCodec.encode(metadata()));
    assertThat(read.cluster()).isEqualTo(new UUID(7, 8));
    assertThat(read.epoch()).isEqualTo(42);
    assertThat(read.schema().epoch()).isEqualTo(42);
    assertThat(read.schema().keyspaces()).isEqualTo(Map.of("k", KEYSPACE));
    assertThat(read.nodes()).isEqualTo(metadata().nodes()).hasSize(2);
    assertThat(read.voters()).containsExactly(Nodes.id(1), Nodes.id(2));
  }

  @Test
  void whatIsCutOffOrTooLongIsRefused() {
    byte[] whole = MetadataCodec.encode(metadata());
    byte[] changes = MetadataCodec.encode(CHANGES);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> MetadataCodec.decode(part)).isInstanceOf(CorruptDataException.class);
    }
    for (int length = 0; length < changes.length; length++) {
      byte[] part = Arrays.copyOf(changes, length);
      assertThatThrownBy(() -> MetadataCodec.decodeChanges(part))
          .isInstanceOf(CorruptDataException.class);
    }
    assertThatThrownBy(() -> MetadataCodec.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(CorruptDataException.class);
  }

  private static ClusterMetadata withVoters(Integer... voters) {
    return new ClusterMetadata(new UUID(7, 8), 1, Schema.EMPTY, Map.of(), ids(voters));
  }

  private static List<UUID> ids(Integer... voters) {
    return Stream.of(voters).map(Nodes::id).toList();
  }

  private static ClusterMetadata change(ClusterMetadata from, Integer... voters) {
    return from.with(List.of(new Change.SetVoters(ids(voters))));
  }

  @Test
  void votersComeAndGoOneAtATime() {
    ClusterMetadata two = withVoters(1, 2);
    assertThat(change(two, 1, 2, 3).voters()).isEqualTo(ids(1, 2, 3));
    assertThat(change(two, 2).voters()).isEqualTo(ids(2));
    for (Integer[] next : new Integer[][] {{1, 2, 3, 4}, {3}, {1, 3}, {1, 1}, {}}) {
      assertThatThrownBy(() -> change(two, next))
          .as(Arrays.toString(next))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aLoneVoterMayGetSeveralButNotBeReplaced() {
    ClusterMetadata one = withVoters(1);
    assertThat(change(one, 1, 2, 3).voters()).isEqualTo(ids(1, 2, 3));
    for (Integer[] next : new Integer[][] {{2}, {2, 3}, {1, 2, 2}, {}}) {
      assertThatThrownBy(() -> change(one, next))
          .as(Arrays.toString(next))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void theSchemaHasTheEpochOfItsOwnLastChange() {
    ClusterMetadata later =
        metadata().with(List.of(new Change.PutNode(Nodes.node(1, State.NORMAL, 5L))));
    assertThat(later.epoch()).isEqualTo(43);
    assertThat(later.schema().epoch()).isEqualTo(42);
  }
}

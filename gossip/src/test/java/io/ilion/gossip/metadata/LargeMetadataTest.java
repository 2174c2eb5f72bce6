package io.ilion.gossip.metadata;

import static io.ilion.gossip.metadata.MetadataCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.metadata.MetadataCluster.Member;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is acknowledged is something that others can be told of. */
class LargeMetadataTest {
  private static final int MIB = 1 << 20;

  private static CompletableFuture<ClusterMetadata> put(
      MetadataCluster cluster, Member member, String name, int bytes) {
    KeyspaceDefinition keyspace =
        new KeyspaceDefinition(
            name, Map.of("class", "LocalStrategy", "text", "x".repeat(bytes)), true);
    return change(cluster, member, agreed -> List.of(new Change.PutKeyspace(keyspace)));
  }

  private static CompletableFuture<ClusterMetadata> change(
      MetadataCluster cluster, Member member, Function<ClusterMetadata, List<Change>> function) {
    CompletableFuture<ClusterMetadata> done = member.service.change(function).toCompletableFuture();
    cluster.run(12 * SECOND);
    return done;
  }

  @Test
  void aNodeJoinsAClusterWithTheLargestSchema() {
    MetadataCluster cluster = new MetadataCluster(1, 3);
    cluster.start();
    Member member = cluster.members.get(1);
    assertThat(put(cluster, member, "k0", 12 * MIB)).isCompleted();
    assertThat(put(cluster, member, "k1", 11 * MIB)).isCompleted();
    assertThatThrownBy(() -> put(cluster, member, "k2", 2 * MIB).join())
        .hasCauseInstanceOf(MetadataException.class)
        .hasMessageContaining("nodes can tell each other of 25,165,824 at most");
    Member fourth = cluster.add();
    fourth.start();
    cluster.run(60 * SECOND);
    assertThat(fourth.service.metadata().nodes()).hasSize(4);
    assertThat(fourth.keyspaces()).isEqualTo(member.keyspaces());
  }

  @Test
  void nothingIsDecidedThatOthersCannotBeTold() {
    MetadataCluster cluster = new MetadataCluster(1, 2);
    cluster.start();
    Member voter = cluster.members.get(0);
    assertThat(put(cluster, voter, "k", 33 * MIB)).isCompletedExceptionally();
    assertThat(put(cluster, voter, "k", 23 * MIB)).isCompleted();
    assertThat(put(cluster, voter, "k", 1)).isCompleted();
    cluster.run(60 * SECOND);
    assertThat(cluster.members.get(1).keyspaces()).isEqualTo(voter.keyspaces());
  }
}

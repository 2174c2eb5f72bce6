package io.ilion.gossip.metadata;

import io.ilion.runtime.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a node go on alone with the metadata when most of those who vote are lost for ever, as {@link
 * MetadataService#recover} says, unless something shows that they are not, or that another node
 * knows more. Of the lane of the log.
 */
final class LostMajority {
  private static final Logger LOGGER = LoggerFactory.getLogger(LostMajority.class);

  /** More than the log grows while nodes do not hear of each other. */
  private static final long JUMP = 1L << 20;

  private final UUID self;
  private final Raft raft;
  private final RaftDriver driver;
  private final CatchUp catchUp;
  private final Supplier<ClusterMetadata> metadata;
  private final Clock clock;
  private final RandomGenerator random;

  /** Of a member of the agreement. */
  LostMajority(
      UUID self,
      Raft raft,
      RaftDriver driver,
      CatchUp catchUp,
      Supplier<ClusterMetadata> metadata,
      Clock clock,
      RandomGenerator random) {
    this.self = self;
    this.raft = raft;
    this.driver = driver;
    this.catchUp = catchUp;
    this.metadata = metadata;
    this.clock = clock;
    this.random = random;
  }

  /** Goes on without some voters; any thread may call this. */
  CompletionStage<ClusterMetadata> recover(Set<UUID> lost) {
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    driver.turn(
        () -> {
          String refusal = refusal(lost);
          if (refusal != null) {
            done.completeExceptionally(new MetadataException(refusal));
            return;
          }
          // Drawn, so that two nodes that do this at once do not take each other for the same.
          raft.recover(JUMP + random.nextLong(JUMP), clock.nanoTime());
          driver.flush();
          // While that is not on disk it may be forgotten again; it is done when there is room.
          if (driver.isWritable()) {
            raft.tick(clock.nanoTime());
            driver.flush();
          }
          if (driver.isWritable() && raft.isLeader()) {
            LOGGER.warn(
                "this node goes on alone with the metadata at epoch {}, without {}",
                metadata.get().epoch(),
                lost);
            done.complete(metadata.get());
          } else {
            done.completeExceptionally(new MetadataException("the metadata cannot be written"));
          }
        },
        done::completeExceptionally);
    return done;
  }

  /** Why this node may not, or null if it may. */
  private String refusal(Set<UUID> lost) {
    List<UUID> voters = raft.voters();
    if (raft.hasLeader(clock.nanoTime())) {
      return "the metadata log has a leader: nothing has to be recovered";
    }
    if (catchUp.wantedEpoch() > metadata.get().epoch()) {
      return "another node works by epoch "
          + catchUp.wantedEpoch()
          + ", this one knows "
          + metadata.get().epoch()
          + " only: recover there";
    }
    if (!voters.containsAll(lost) || lost.contains(self)) {
      return "name other voters of the metadata log, which are " + voters;
    }
    return 2 * (voters.size() - lost.size()) > voters.size()
        ? "those that are left are a majority, and go on when they meet"
        : null;
  }
}

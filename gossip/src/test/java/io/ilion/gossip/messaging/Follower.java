package io.ilion.gossip.messaging;

import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A follower of metadata that learns of an epoch when the test says so. */
final class Follower implements MetadataEpochs {
  long epoch = 1;
  CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  final List<Long> wanted = new ArrayList<>();
  boolean whereAgreed = true;

  @Override
  public boolean isWhereAgreed() {
    return whereAgreed;
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public CompletionStage<Void> catchUp(long least, NodeAddress from) {
    wanted.add(least);
    return caughtUp;
  }
}

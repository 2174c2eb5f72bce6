package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import io.ilion.storage.TableFile;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Forgets ranges of tokens of tables: files up to a generation do not show them from then on, which
 * the manifest knows, and compactions rewrite the files without them.
 */
final class Discards {
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final EarlierRuns earlierRuns;
  private final Lanes lanes;
  private final Tables tables;
  private final BackgroundWork background;

  /** Of an engine's tables, when nothing of the log of earlier runs can be replayed any more. */
  Discards(
      Manifest manifest,
      Flusher flusher,
      Compactions compactions,
      EarlierRuns earlierRuns,
      Lanes lanes,
      Tables tables,
      BackgroundWork background) {
    this.manifest = manifest;
    this.flusher = flusher;
    this.compactions = compactions;
    this.earlierRuns = earlierRuns;
    this.lanes = lanes;
    this.tables = tables;
    this.background = background;
  }

  /** As {@link Engine#discard}. */
  CompletionStage<Void> discard(UUID tableId, Collection<TokenRange> ranges) {
    LaneTable[] parts = tables.parts(tableId);
    if (hasNothing(parts, ranges)) {
      return CompletableFuture.completedFuture(null);
    }
    TokenSet tokens = TokenSet.of(ranges);
    return earlierRuns
        .forgotten()
        .thenCompose(forgotten -> lanes.flush(tableId))
        .thenCompose(flushed -> hide(tableId, parts, tokens, Long.MAX_VALUE));
  }

  /** As {@link Engine#discardFlushed}. */
  CompletionStage<Void> discardFlushed(UUID tableId, Supplier<Collection<TokenRange>> ranges) {
    LaneTable[] parts = tables.parts(tableId);
    if (parts == null) {
      return CompletableFuture.completedFuture(null);
    }
    return earlierRuns.forgotten().thenCompose(forgotten -> hideFlushed(tableId, parts, ranges));
  }

  /**
   * Hides tokens of the files that there are. No compaction runs meanwhile: what it writes later
   * would have a later generation, and show what it has from these files.
   */
  private CompletionStage<Void> hideFlushed(
      UUID tableId, LaneTable[] parts, Supplier<Collection<TokenRange>> ranges) {
    return lanes
        .onEach(
            lane -> {
              parts[lane.index()].holdCompactions();
              return null;
            })
        .thenCompose(
            held ->
                hideNow(tableId, parts, ranges)
                    .handle((hidden, failure) -> failure)
                    .thenCompose(failure -> release(parts, failure)));
  }

  private CompletionStage<Void> hideNow(
      UUID tableId, LaneTable[] parts, Supplier<Collection<TokenRange>> ranges) {
    try {
      // First this: what is written by who owns a range later has a later generation.
      long generation = flusher.lastGeneration();
      Collection<TokenRange> now = ranges.get();
      return hasNothing(parts, now)
          ? CompletableFuture.completedFuture(null)
          : hide(tableId, parts, TokenSet.of(now), generation);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Lets compactions begin again, and fails with the reason, if there is one. */
  private CompletionStage<Void> release(LaneTable[] parts, Throwable failure) {
    return lanes
        .onEach(
            lane -> {
              parts[lane.index()].releaseCompactions();
              compactions.consider(lane, parts[lane.index()]);
              return null;
            })
        .thenCompose(
            released ->
                failure == null
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(failure));
  }

  private static boolean hasNothing(LaneTable[] parts, Collection<TokenRange> ranges) {
    return parts == null || ranges.isEmpty() || Stream.of(parts).allMatch(LaneTable::isEmpty);
  }

  /** Hides tokens of the files up to a generation. What could be replayed would come back. */
  private CompletionStage<Void> hide(
      UUID tableId, LaneTable[] parts, TokenSet tokens, long mostGeneration) {
    return lanes
        .onEach(
            lane -> {
              LaneTable part = parts[lane.index()];
              // First this: a compaction that is under way ends without a result from now on, and
              // whatever one that is over has written is older than what follows.
              part.invalidateCompactions();
              long generation = Math.min(flusher.lastGeneration(), mostGeneration);
              part.discard(new Discarded(generation, tokens));
              return generation;
            })
        .thenCompose(
            generations ->
                background.chore(
                    () -> {
                      Discarded discarded = new Discarded(Collections.max(generations), tokens);
                      manifest.edit(List.of(new ManifestEdit.Discard(tableId, discarded)));
                      return null;
                    }))
        .thenCompose(
            durable ->
                lanes.onEach(
                    lane -> {
                      compactions.consider(lane, parts[lane.index()]);
                      return null;
                    }))
        .thenApply(done -> null);
  }

  private static boolean isMasked(TableFile file) {
    return file instanceof MaskedFile
        || (file instanceof ForeignFile foreign && foreign.whole() instanceof MaskedFile);
  }

  /** Whether no file has anything of a table any more that was discarded. */
  boolean isClean(UUID tableId) {
    LaneTable[] parts = tables.parts(tableId);
    return parts == null || Tables.files(parts).noneMatch(Discards::isMasked);
  }
}

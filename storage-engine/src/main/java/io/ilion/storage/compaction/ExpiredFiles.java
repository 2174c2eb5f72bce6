package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds files in which everything was deleted or has expired for longer than gc_grace_seconds. */
final class ExpiredFiles {
  private ExpiredFiles() {}

  /**
   * The files to delete unread. What a file deletes must not come back, so nothing as old as
   * anything in it may be elsewhere.
   *
   * @param aggressive whether that is taken for granted, here and on other replicas, because rows
   *     are only ever inserted
   */
  static Optional<CompactionPlan> find(CompactionView view, boolean aggressive) {
    if (!view.purging() || !view.checkExpired()) {
      return Optional.empty();
    }
    List<CompactionFile> expired = new ArrayList<>();
    List<TableFile> others = new ArrayList<>(view.outside());
    for (CompactionFile file : view.files()) {
      long before = aggressive ? view.graceEndsSeconds() : view.purgeBeforeSeconds(file.file());
      if (!file.busy() && file.file().maxLocalDeletion() < before) {
        expired.add(file);
      } else {
        others.add(file.file());
      }
    }
    if (!aggressive && !expired.isEmpty()) {
      expired.removeIf(file -> mayHide(file, view.oldestInMemory(), others));
    }
    return expired.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new CompactionPlan(
                CompactionPlan.Kind.EXPIRED,
                CompactionPlan.files(expired),
                0,
                OutputSplit.WHOLE,
                false));
  }

  /** Whether deletions in the file may hide something elsewhere. */
  private static boolean mayHide(CompactionFile file, long oldestInMemory, List<TableFile> others) {
    long newest = file.file().maxTimestamp();
    return newest >= oldestInMemory
        || others.stream()
            .anyMatch(
                o -> newest >= o.minTimestamp() && file.overlaps(o.firstToken(), o.lastToken()));
  }
}

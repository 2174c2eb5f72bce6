package io.ilion.storage.engine;

import io.ilion.storage.TableFile;
import java.util.List;

/**
 * A file that another number of lanes wrote, as one lane sees it: the partitions that the lane owns
 * now, but for those that lanes of earlier runs took out of it already, when there was yet another
 * number of them. The lane rewrites what it sees in the background and then lets go of the file.
 */
final class ForeignFile extends PartialFile {
  private final LaneShare own;
  private final List<LaneShare> taken;

  ForeignFile(TableFile file, LaneShare own, List<LaneShare> taken) {
    super(file);
    this.own = own;
    this.taken = List.copyOf(taken);
  }

  /** The same view of another view of the file. */
  ForeignFile of(TableFile other) {
    return new ForeignFile(other, own, taken);
  }

  @Override
  boolean shows(long token) {
    if (!own.contains(token)) {
      return false;
    }
    for (LaneShare share : taken) {
      if (share.contains(token)) {
        return false;
      }
    }
    return true;
  }
}

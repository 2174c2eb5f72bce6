package io.ilion.storage.engine;

import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;

/**
 * A file without the partitions of tokens that its table has discarded. What is shown is rewritten
 * in the background, unless it turns out that the file has nothing else.
 */
class MaskedFile extends PartialFile {
  private final TokenSet hidden;

  MaskedFile(TableFile file, TokenSet hidden) {
    super(file);
    this.hidden = hidden;
  }

  @Override
  boolean shows(long token) {
    return !hidden.contains(token);
  }

  /** Whether there is anything that is not shown. Blocks. */
  boolean hidesAny() {
    for (int i = 0; i < hidden.intervals(); i++) {
      if (hidden.first(i) > lastToken() || hidden.last(i) < firstToken()) {
        continue;
      }
      PartitionRange range = new PartitionRange(hidden.first(i), null, true, hidden.last(i));
      try (PartitionCursor cursor = whole().scan(range, Slices.ALL, null)) {
        if (cursor != null && cursor.next() == PartitionCursor.Step.PARTITION) {
          return true;
        }
      }
    }
    return false;
  }
}

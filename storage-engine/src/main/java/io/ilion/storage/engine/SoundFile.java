package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.SuccessiveCursor;
import io.ilion.storage.TableFile;

/**
 * A damaged file without the tokens that cannot be read: unlike other hidden ones they are not even
 * looked at. It is rewritten so in the background.
 */
final class SoundFile extends MaskedFile {
  private final TokenSet damaged;

  SoundFile(TableFile file, TokenSet damaged) {
    super(file, damaged);
    this.damaged = damaged;
  }

  /** Whether a view of a file leaves out what cannot be read of it. */
  static boolean isIn(TableFile view) {
    TableFile file = view;
    while (file instanceof PartialFile partial && !(file instanceof SoundFile)) {
      file = partial.whole();
    }
    return file instanceof SoundFile;
  }

  @Override
  boolean hidesAny() {
    return true;
  }

  @Override
  public PartitionCursor scan(PartitionRange range, Slices slices, Lane lane) {
    return new Cursor(range, slices, lane);
  }

  /** Goes from one part that can be read to the next. */
  private final class Cursor extends SuccessiveCursor {
    private final PartitionRange range;
    private final Slices slices;
    private final Lane lane;

    /** The next damage that lies behind what was scanned so far. */
    private int interval;

    private boolean begun;
    private boolean ended;

    Cursor(PartitionRange range, Slices slices, Lane lane) {
      this.range = range;
      this.slices = slices;
      this.lane = lane;
    }

    @Override
    protected PartitionCursor nextSource() {
      while (!ended) {
        PartitionRange part = nextPart();
        PartitionCursor cursor = part == null ? null : whole().scan(part, slices, lane);
        if (cursor != null) {
          return cursor;
        }
      }
      return null;
    }

    /** The tokens until the next damage, or null if there are none. */
    private PartitionRange nextPart() {
      PartitionRange from = range;
      if (begun) {
        long before = damaged.last(interval);
        interval++;
        if (before >= range.endToken()) {
          ended = true;
          return null;
        }
        if (before >= range.startToken()) {
          from = new PartitionRange(before + 1, null, true, range.endToken());
        }
      }
      begun = true;
      if (interval == damaged.intervals() || damaged.first(interval) > range.endToken()) {
        ended = true;
        return from;
      }
      long end = damaged.first(interval);
      return end <= from.startToken()
          ? null
          : new PartitionRange(from.startToken(), from.startKey(), from.startInclusive(), end - 1);
    }
  }
}

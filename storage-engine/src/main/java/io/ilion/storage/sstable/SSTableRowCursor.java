package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.storage.Slices;
import java.util.List;

/**
 * Walks over the rows and markers of one partition. Deletions are cut to the slices: one that is in
 * force where a slice begins gets a marker there, and one where it ends. It shares its way through
 * the file with the cursor of the partition, which finds its own place again.
 */
final class SSTableRowCursor extends BlockRowCursor {
  private final BlockWalker walker;
  private int headPage;
  private int headBlock;
  private int head;
  private boolean longPartition;
  private long token;
  private byte[] key;
  private List<Slices.Interval> intervals;
  private boolean reversed;

  /** Made when a place has to be looked for: most partitions lie in one block. */
  private Place place;

  private int interval;
  private boolean inside;

  /** Whether the marker of a deletion in force where the slice begins is still to be given. */
  private boolean entering;

  /** The partition's entries in the block in hand, and which of them is next. */
  private int first;

  private int limit;
  private int next;
  private Deletion open = Deletion.NONE;

  SSTableRowCursor(BlockWalker walker, BlockReader reader) {
    super(reader);
    this.walker = walker;
  }

  /** Goes before the rows of the partition whose head is the n-th of the block in hand. */
  SSTableRowCursor begin(
      int newHead, long newToken, byte[] newKey, Slices slices, boolean isReversed) {
    head = newHead;
    headPage = walker.page();
    headBlock = walker.number();
    longPartition = walker.goesOn() && newHead == reader.heads() - 1;
    token = newToken;
    key = newKey;
    intervals = slices.intervals();
    reversed = isReversed;
    interval = isReversed ? intervals.size() - 1 : 0;
    inside = false;
    open = Deletion.NONE;
    return this;
  }

  @Override
  public Step next() {
    while (interval >= 0 && interval < intervals.size()) {
      Slices.Interval slice = intervals.get(interval);
      if (!inside) {
        if (!begin(slice)) {
          return Step.BLOCKED;
        }
        inside = true;
        entering = true;
      }
      Step step = reversed ? backwards(slice) : forwards(slice);
      if (step != Step.END) {
        return step;
      }
      inside = false;
      interval += reversed ? -1 : 1;
      if (!open.isNone()) {
        Deletion last = open;
        open = Deletion.NONE;
        return reversed
            ? marker(slice.start(), Deletion.NONE, last)
            : marker(slice.end(), last, Deletion.NONE);
      }
    }
    return Step.END;
  }

  /** Goes to where a slice begins in the direction of the walk. */
  private boolean begin(Slices.Interval slice) {
    byte[] bound = reversed ? slice.end() : slice.start();
    if (longPartition) {
      if (bound.length == 0) {
        if (!walker.to(headPage, headBlock)) {
          return false;
        }
      } else {
        if (place == null) {
          place = new Place();
        }
        if (!walker.to(place.at(token, key, bound, !reversed))) {
          return false;
        }
      }
    }
    openBlock();
    next = bound.length == 0 ? first : reader.search(first, limit, bound, !reversed);
    open = reader.openBefore(next, first);
    if (reversed) {
      next--;
    }
    return true;
  }

  private boolean isHeadBlock() {
    return walker.number() == headBlock && walker.page() == headPage;
  }

  /** Finds the partition's entries in the block in hand. */
  private void openBlock() {
    reader.open(walker.bytes(), walker.length());
    if (isHeadBlock()) {
      first = reader.entryOfHead(head) + 1;
      limit = reader.entryOfHead(head + 1);
    } else {
      first = 1;
      limit = reader.entryOfHead(0);
    }
  }

  private Step forwards(Slices.Interval slice) {
    while (next >= limit) {
      if (!longPartition || limit < reader.entries() || !walker.goesOn()) {
        // The partition ended; nothing can be open then.
        open = Deletion.NONE;
        return Step.END;
      }
      if (!walker.nextReachesBefore(slice.end())) {
        if (entering && !open.isNone()) {
          entering = false;
          return marker(slice.start(), Deletion.NONE, open);
        }
        return Step.END;
      }
      if (!walker.forward()) {
        return Step.BLOCKED;
      }
      openBlock();
      next = first;
    }
    if (entering) {
      entering = false;
      if (!open.isNone()) {
        return marker(slice.start(), Deletion.NONE, open);
      }
    }
    reader.read(next);
    if (reader.compareKey(slice.end()) >= 0) {
      return Step.END;
    }
    next++;
    Step step = entry();
    if (step == Step.MARKER) {
      open = after;
    }
    return step;
  }

  private Step backwards(Slices.Interval slice) {
    if (entering) {
      entering = false;
      if (!open.isNone()) {
        return marker(slice.end(), open, Deletion.NONE);
      }
    }
    while (next < first) {
      if (isHeadBlock() || !walker.previousReaches(slice.start())) {
        return Step.END;
      }
      if (!walker.backward()) {
        return Step.BLOCKED;
      }
      openBlock();
      next = limit - 1;
    }
    reader.read(next);
    int order = reader.compareKey(slice.start());
    if (reader.kind == SSTableWriter.MARKER ? order <= 0 : order < 0) {
      return Step.END;
    }
    next--;
    Step step = entry();
    if (step == Step.MARKER) {
      open = before;
    }
    return step;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    walker.await(resume);
  }
}

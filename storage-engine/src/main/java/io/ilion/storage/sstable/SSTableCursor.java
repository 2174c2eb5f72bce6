package io.ilion.storage.sstable;

import io.ilion.runtime.Lane;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/** Walks over the partitions of an SSTable in a range, or looks for one. */
final class SSTableCursor extends BlockPartitionCursor {
  private static final byte[] NO_KEY = {};

  /** What the next step has to do first. */
  private enum State {
    /** Look for the one partition. */
    FIND,
    /** Go to where the range begins. */
    BEGIN,
    /** Go behind the partition of the last step. */
    PASS,
    /** Take the head in the block in hand, or go on to the next block if there is none. */
    TAKE,
    END
  }

  private final BlockWalker walker;
  private final Place place;
  private final long endToken;
  private final boolean startInclusive;
  private State state;

  /** Made for the first partition whose rows are wanted. */
  private SSTableRowCursor rows;

  /** Whether the page that leads to the one partition is in hand, and may have it by its filter. */
  private boolean hasPage;

  /** Which head of the block in hand to take. */
  private int head;

  /** The block of the current partition's head. */
  private int headPage;

  private int headBlock;

  /**
   * Over one partition.
   *
   * @param page the index page that leads to it and whose filter may have it, with a reference that
   *     becomes the cursor's; null if it is not in memory
   */
  SSTableCursor(
      SSTable table, Lane lane, long token, byte[] key, Place place, int pageNumber, Block page) {
    this.walker = new BlockWalker(table, lane);
    this.place = place;
    if (page != null) {
      walker.take(pageNumber, page);
      hasPage = true;
    }
    this.token = token;
    this.key = key;
    this.endToken = token;
    this.startInclusive = true;
    this.state = State.FIND;
  }

  /** Over a range. */
  SSTableCursor(SSTable table, Lane lane, PartitionRange range) {
    this.walker = new BlockWalker(table, lane);
    this.place = new Place();
    this.token = range.startToken();
    this.key = range.startKey() == null ? NO_KEY : range.startKey();
    this.startInclusive = range.startInclusive() || range.startKey() == null;
    this.endToken = range.endToken();
    this.state = State.BEGIN;
  }

  @Override
  public Step next() {
    return switch (state) {
      case FIND -> find();
      case BEGIN -> {
        if (!walker.to(place.atHead(token, key))) {
          yield Step.BLOCKED;
        }
        open();
        head = reader.searchHead(walker.fraction(token), token, key, startInclusive);
        state = State.TAKE;
        yield takeNext();
      }
      case PASS -> {
        if (isHeadBlock() && (head < reader.heads() - 1 || !walker.goesOn())) {
          // The partition ends in this block: no need to look for its end.
          head++;
          state = State.TAKE;
          yield takeNext();
        }
        if (!walker.to(place.behind(token, key))) {
          yield Step.BLOCKED;
        }
        open();
        head = reader.searchHead(walker.fraction(token), token, key, false);
        state = State.TAKE;
        yield takeNext();
      }
      case TAKE -> takeNext();
      case END -> Step.END;
    };
  }

  private Step find() {
    if (!hasPage) {
      if (!walker.toPage(place)) {
        return Step.BLOCKED;
      }
      if (!walker.mayContain(token)) {
        state = State.END;
        return Step.END;
      }
      hasPage = true;
    }
    if (!walker.toBlock(place)) {
      return Step.BLOCKED;
    }
    state = State.END;
    open();
    head = reader.searchHead(walker.fraction(token), token, key, true);
    if (head == reader.heads()) {
      return Step.END;
    }
    reader.read(reader.entryOfHead(head));
    if (reader.token != token || reader.compareKey(key) != 0) {
      return Step.END;
    }
    takeHead();
    noteHeadBlock();
    return Step.PARTITION;
  }

  private boolean isHeadBlock() {
    return walker.page() == headPage && walker.number() == headBlock;
  }

  private void open() {
    reader.open(walker.bytes(), walker.length());
  }

  private Step takeNext() {
    while (head == reader.heads()) {
      if (walker.isLast()) {
        state = State.END;
        return Step.END;
      }
      if (!walker.toNextPage()) {
        return Step.BLOCKED;
      }
      if (walker.nextToken() > endToken) {
        state = State.END;
        return Step.END;
      }
      if (!walker.forward()) {
        return Step.BLOCKED;
      }
      open();
      head = 0;
    }
    reader.read(reader.entryOfHead(head));
    if (reader.token > endToken) {
      state = State.END;
      return Step.END;
    }
    takePartition();
    noteHeadBlock();
    state = State.PASS;
    return Step.PARTITION;
  }

  private void noteHeadBlock() {
    headPage = walker.page();
    headBlock = walker.number();
  }

  @Override
  public void awaitBlock(Runnable resume) {
    walker.await(resume);
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    if (rows == null) {
      rows = new SSTableRowCursor(walker, reader);
    }
    return rows.begin(head, token, key, slices, reversed);
  }

  @Override
  public void close() {
    state = State.END;
    walker.close();
  }
}

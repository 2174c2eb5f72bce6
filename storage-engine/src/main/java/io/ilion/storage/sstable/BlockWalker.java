package io.ilion.storage.sstable;

import io.ilion.runtime.Lane;
import java.util.Arrays;

/**
 * One cursor's way through the blocks of a file, page by page. On a lane it takes blocks from
 * memory only (the cache, or what the operating system holds and gives at once), so that it may
 * have to wait: then a method returns false, and nothing has changed but that {@link #await} can be
 * called. Other threads wait in place.
 */
final class BlockWalker {
  private final SSTable table;
  private final Lane lane;

  /** The index page in hand, maybe not (yet) that of the block in hand. */
  private Block page;

  private int pageNumber = -1;

  /** The block in hand; its page and its number there. */
  private Block block;

  private int blockPage = -1;
  private int blockNumber;
  private boolean goesOn;

  /** How many blocks in succession the way has gone on, in one direction. */
  private int run;

  private boolean upwards;

  /** Null until the way goes on for some blocks. */
  private ReadAhead ahead;

  /** What a step needs and has not: a page, or a block of one (-1: the page itself). */
  private int wantedPage;

  private int wantedBlock;
  private Block arrived;
  private Throwable failure;
  private boolean loading;
  private boolean closed;

  BlockWalker(SSTable table, Lane lane) {
    this.table = table;
    this.lane = lane;
  }

  byte[] bytes() {
    return block.bytes;
  }

  int length() {
    return block.length;
  }

  /** Whether the partition at the end of the block in hand goes on in the next one. */
  boolean goesOn() {
    return goesOn;
  }

  /** The page of the block in hand. */
  int page() {
    return blockPage;
  }

  /** The number in its page of the block in hand. */
  int number() {
    return blockNumber;
  }

  /** Takes in hand a page that is in memory, with the reference of the caller. */
  void take(int number, Block loaded) {
    pageNumber = number;
    page = loaded;
  }

  /** Takes in hand the page that leads to a place. */
  boolean toPage(Place place) {
    return page(table.root().pageOf(place));
  }

  /** Whether the page in hand may lead to a partition with this token, by its filter. */
  boolean mayContain(long token) {
    return IndexPage.mayContain(page.bytes, token);
  }

  /** Goes to the last block that begins at or before a place; to the first if all begin behind. */
  boolean to(Place place) {
    return toPage(place) && toBlock(place);
  }

  /** Goes to the last block of the page in hand that begins at or before a place. */
  boolean toBlock(Place place) {
    long endToken = table.root().endToken(pageNumber);
    return to(pageNumber, IndexPage.blockOf(page.bytes, place, endToken));
  }

  /** How far a token lies between those that the block in hand and the next begin with. */
  double fraction(long token) {
    if (pageNumber != blockPage) {
      return 0;
    }
    long end =
        blockNumber == lastOf(blockPage)
            ? table.root().endToken(blockPage)
            : IndexPage.token(page.bytes, blockNumber + 1);
    return TokenSearch.fraction(token, IndexPage.token(page.bytes, blockNumber), end);
  }

  /** Goes to a block that was in hand before. */
  boolean to(int ofPage, int number) {
    if (ofPage == blockPage && number == blockNumber) {
      return true;
    }
    run = 0;
    return go(ofPage, number);
  }

  private boolean go(int ofPage, int number) {
    if (!page(ofPage)) {
      return false;
    }
    Block next = take(ofPage, number);
    if (next == null) {
      return false;
    }
    if (block != null) {
      block.release();
    }
    block = next;
    blockPage = ofPage;
    blockNumber = number;
    goesOn = IndexPage.goesOn(page.bytes, number);
    return true;
  }

  /** Whether the block in hand is the file's last. */
  boolean isLast() {
    return blockPage == table.root().pages - 1 && blockNumber == lastOf(blockPage);
  }

  private int lastOf(int ofPage) {
    return table.root().blocks[ofPage] - 1;
  }

  /**
   * Takes in hand the page of the block after the one in hand, to ask for its {@link #nextToken};
   * there must be one.
   */
  boolean toNextPage() {
    return page(blockNumber == lastOf(blockPage) ? blockPage + 1 : blockPage);
  }

  /** The token that the next block begins with; its page must be in hand. */
  long nextToken() {
    return IndexPage.token(page.bytes, pageNumber == blockPage ? blockNumber + 1 : 0);
  }

  /**
   * Whether the next block, in which the partition at the end of the block in hand goes on, may
   * have something of it before a bound.
   */
  boolean nextReachesBefore(byte[] bound) {
    if (blockNumber == lastOf(blockPage)) {
      return Arrays.compareUnsigned(table.root().positions[blockPage + 1], bound) < 0;
    }
    return pageNumber != blockPage
        || IndexPage.comparePosition(page.bytes, blockNumber + 1, bound) < 0;
  }

  /**
   * Whether the block before the one in hand, which begins within a partition, may have a row of it
   * at or behind a bound, or a marker behind it.
   */
  boolean previousReaches(byte[] bound) {
    return pageNumber != blockPage || IndexPage.comparePosition(page.bytes, blockNumber, bound) > 0;
  }

  /** Goes to the next block; there must be one. */
  boolean forward() {
    return blockNumber == lastOf(blockPage)
        ? goOn(true, blockPage + 1, 0)
        : goOn(true, blockPage, blockNumber + 1);
  }

  /** Goes to the block before; there must be one. */
  boolean backward() {
    return blockNumber == 0
        ? goOn(false, blockPage - 1, lastOf(blockPage - 1))
        : goOn(false, blockPage, blockNumber - 1);
  }

  private boolean goOn(boolean isUpwards, int ofPage, int number) {
    if (upwards != isUpwards) {
      upwards = isUpwards;
      run = 0;
    }
    if (!go(ofPage, number)) {
      return false;
    }
    run++;
    return true;
  }

  /** What reads ahead, if the way has gone on for some blocks; else null. */
  private ReadAhead ahead(int leastRun) {
    if (run < leastRun) {
      return null;
    }
    if (ahead == null) {
      ahead = table.newReadAhead(lane == null);
    }
    ahead.setUpwards(upwards);
    return ahead;
  }

  private boolean page(int number) {
    if (number == pageNumber) {
      return true;
    }
    Block next = take(number, -1);
    if (next == null) {
      return false;
    }
    if (page != null) {
      page.release();
    }
    page = next;
    pageNumber = number;
    return true;
  }

  /** A page or block with a reference, or null if it has to be awaited. */
  private Block take(int ofPage, int number) {
    if (lane == null) {
      return number < 0 ? table.readPage(ofPage) : table.readBlock(page, number, false, ahead(1));
    }
    if (ofPage == wantedPage && number == wantedBlock) {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure != null) {
        throw (RuntimeException) failure;
      }
      if (arrived != null) {
        Block there = arrived;
        arrived = null;
        return there;
      }
    }
    Block there =
        number < 0 ? table.pageInMemory(ofPage) : table.blockInMemory(page, number, ahead(2));
    if (there == null) {
      wantedPage = ofPage;
      wantedBlock = number;
    }
    return there;
  }

  /** Loads what was missing, and runs the task on the lane. */
  void await(Runnable resume) {
    Block through = wantedBlock < 0 || !page.retain() ? null : page;
    int ofPage = wantedPage;
    int number = wantedBlock;
    ReadAhead further = number < 0 ? null : ahead(1);
    loading = true;
    boolean given = false;
    try {
      table.reads().execute(() -> load(through, ofPage, number, further, resume));
      given = true;
    } finally {
      if (!given) {
        loading = false;
        if (through != null) {
          through.release();
        }
      }
    }
  }

  /** Reads what was missing, on a thread that may wait, and tells the lane. */
  private void load(Block through, int ofPage, int number, ReadAhead further, Runnable resume) {
    Block loaded = null;
    Throwable thrown = null;
    try {
      loaded =
          number < 0 ? table.readPage(ofPage) : table.readBlock(through, number, true, further);
    } catch (RuntimeException | Error e) {
      // Also if there is no memory for a long block: the reader waits to be told.
      thrown = e;
    } finally {
      if (through != null) {
        through.release();
      }
    }
    Block result = loaded;
    Throwable cause = thrown;
    lane.execute(() -> take(result, cause, resume));
  }

  private void take(Block loaded, Throwable cause, Runnable resume) {
    loading = false;
    if (closed) {
      if (loaded != null) {
        loaded.release();
      }
      releaseAhead();
    } else {
      arrived = loaded;
      failure = cause;
    }
    resume.run();
  }

  private void releaseAhead() {
    if (ahead != null) {
      ahead.release();
    }
  }

  /** Lets go of everything in hand. */
  void close() {
    closed = true;
    if (!loading) {
      releaseAhead();
    }
    if (page != null) {
      page.release();
      page = null;
    }
    if (block != null) {
      block.release();
      block = null;
    }
    if (arrived != null) {
      arrived.release();
      arrived = null;
    }
  }
}

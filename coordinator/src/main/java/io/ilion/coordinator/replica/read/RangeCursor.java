package io.ilion.coordinator.replica.read;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.data.Deletion;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/**
 * What one replica has of a table in some ranges, as a cursor that is blocked while the next page
 * is on its way. Pages are asked for on a lane, a few ahead of whoever walks, who may do so on any
 * thread, one at a time. A partition that comes in several pages is shown as one.
 */
public final class RangeCursor implements PartitionCursor {
  private static final long RETRY_NANOS = 500_000_000;
  private static final int PAGES_AHEAD = 2;

  private final Lane lane;
  private final NodeAddress source;
  private final Supplier<RangePages> ranges;
  private final long timeoutNanos;
  private final int attempts;
  private final LongUnaryOperator pace;

  // Of the lane.
  private RangePages pages;
  private int failures;

  // Guarded by the deque.
  private final ArrayDeque<RangePages.Page> arrived = new ArrayDeque<>();
  private boolean asking;
  private boolean ended;
  private RuntimeException failure;
  private Runnable waiting;

  // Of whoever walks.
  private List<AnswerPartition> page = List.of();
  private boolean pageGoesOn;
  private int at;
  private AnswerPartition partition;
  private Pieces pieces;

  /**
   * A cursor that has not begun.
   *
   * @param lane where pages are asked for
   * @param ranges in the order of the ring, null at the end; asked on the lane, for the next one
   *     when all of one has arrived
   * @param attempts how often in a row a page is asked for before the cursor fails
   * @param pace told of the bytes of each page; after so many nanoseconds the next is asked for
   */
  public RangeCursor(
      Lane lane,
      NodeAddress source,
      Supplier<RangePages> ranges,
      long timeoutNanos,
      int attempts,
      LongUnaryOperator pace) {
    this.lane = lane;
    this.source = source;
    this.ranges = ranges;
    this.timeoutNanos = timeoutNanos;
    this.attempts = attempts;
    this.pace = pace;
  }

  /** Asks for the first page; any thread. */
  public void begin() {
    synchronized (arrived) {
      asking = true;
    }
    lane.execute(this::ask);
  }

  /** Has the cursor throw this at the next step; any thread. */
  public void fail(RuntimeException cause) {
    end(cause);
  }

  private void end(RuntimeException cause) {
    Runnable resume;
    synchronized (arrived) {
      if (failure == null && !ended) {
        failure = cause;
        ended = cause == null;
      }
      resume = waiting;
      waiting = null;
    }
    if (resume != null) {
      resume.run();
    }
  }

  /** Asks for a page if there is room for one; on the lane. */
  private void ask() {
    synchronized (arrived) {
      if (failure != null || ended || arrived.size() >= PAGES_AHEAD) {
        asking = false;
        return;
      }
    }
    try {
      if (pages == null || pages.isOver()) {
        pages = ranges.get();
      }
      if (pages == null) {
        end(null);
        return;
      }
      pages.nextPage(source, timeoutNanos, new Answer());
    } catch (RuntimeException e) {
      end(e);
    }
  }

  private final class Answer implements RangePages.PageCallback {
    @Override
    public void page(RangePages.Page next) {
      failures = 0;
      long wait = pace.applyAsLong(next.bytes());
      Runnable resume;
      synchronized (arrived) {
        arrived.add(next);
        resume = waiting;
        waiting = null;
      }
      if (resume != null) {
        resume.run();
      }
      if (wait > 0) {
        lane.schedule(wait, RangeCursor.this::ask);
      } else {
        ask();
      }
    }

    @Override
    public void failed(FailureReason reason) {
      if (++failures >= attempts) {
        end(
            new IllegalStateException(
                "no page of " + source + " behind token " + pages.position() + ": " + reason));
      } else {
        lane.schedule(RETRY_NANOS, RangeCursor.this::ask);
      }
    }

    @Override
    public void damaged(String what) {
      end(new DamagedSourceException(source, pages.position(), what));
    }
  }

  /** Takes the next page; PARTITION if there was one. */
  private Step takePage() {
    synchronized (arrived) {
      RangePages.Page next = arrived.poll();
      if (next == null) {
        if (failure != null) {
          throw failure;
        }
        return ended ? Step.END : Step.BLOCKED;
      }
      page = next.partitions();
      pageGoesOn = next.goesOn();
      at = 0;
      if (!asking && !ended && failure == null) {
        asking = true;
        lane.execute(this::ask);
      }
      return Step.PARTITION;
    }
  }

  @Override
  public Step next() {
    if (pieces == null && partition != null) {
      pieces = new Pieces();
    }
    // What is left of a partition may be in pages to come.
    while (pieces != null) {
      RowCursor.Step step = pieces.next();
      if (step == RowCursor.Step.BLOCKED) {
        return Step.BLOCKED;
      }
      if (step == RowCursor.Step.END) {
        pieces = null;
      }
    }
    partition = null;
    while (at >= page.size()) {
      Step taken = takePage();
      if (taken != Step.PARTITION) {
        return taken;
      }
    }
    partition = page.get(at++);
    return Step.PARTITION;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    synchronized (arrived) {
      if (arrived.isEmpty() && failure == null && !ended) {
        waiting = resume;
        return;
      }
    }
    resume.run();
  }

  @Override
  public long token() {
    return partition.token;
  }

  @Override
  public byte[] partitionKey() {
    return partition.key;
  }

  @Override
  public Deletion partitionDeletion() {
    return partition.deletion;
  }

  @Override
  public byte[] staticRow() {
    return partition.staticRow;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    if (reversed || !slices.equals(Slices.ALL)) {
      throw new IllegalArgumentException("what is streamed is walked as a whole");
    }
    pieces = new Pieces();
    return pieces;
  }

  @Override
  public void close() {
    synchronized (arrived) {
      ended = true;
      arrived.clear();
    }
  }

  /** The rows of a partition, which may go on in the next page. */
  private final class Pieces implements RowCursor {
    private AnswerPartition piece = partition;
    private RowCursor rows = partition.cursor();
    private boolean over;

    /** What was open in front of the end of the piece, where it seems to end; or null. */
    private Deletion cut;

    /** A step that was taken ahead, or null. */
    private Step ahead;

    // A marker that stands where pieces meet.
    private boolean atSeam;
    private byte[] seam;
    private Deletion before;
    private Deletion after;

    @Override
    public Step next() {
      atSeam = false;
      while (!over) {
        if (cut != null) {
          if (!nextPiece()) {
            return Step.BLOCKED;
          }
          Deletion open = cut;
          cut = null;
          Step first = rows.next();
          boolean joined = first == Step.MARKER && isAt(seam) && rows.before().isNone();
          if (joined && rows.after().equals(open)) {
            continue;
          }
          ahead = joined ? null : first;
          return seam(open, joined ? rows.after() : Deletion.NONE);
        }
        Step step = ahead == null ? rows.next() : ahead;
        ahead = null;
        if (step == Step.MARKER && goesOn() && rows.after().isNone() && isAt(piece.bound)) {
          cut = rows.before();
          seam = piece.bound;
        } else if (step != Step.END) {
          return step;
        } else if (!goesOn()) {
          over = true;
        } else if (!nextPiece()) {
          // The same step is taken again.
          ahead = Step.END;
          return Step.BLOCKED;
        }
      }
      return Step.END;
    }

    private boolean goesOn() {
      return pageGoesOn && at >= page.size();
    }

    /** Whether the cursor stands at a position. */
    private boolean isAt(byte[] position) {
      int offset = rows.keyOffset();
      return position != null
          && Arrays.equals(
              rows.keyArray(), offset, offset + rows.keyLength(), position, 0, position.length);
    }

    private Step seam(Deletion left, Deletion entered) {
      atSeam = true;
      before = left;
      after = entered;
      return Step.MARKER;
    }

    /** Goes on to the page with the next piece; false if it has not arrived. */
    private boolean nextPiece() {
      RangeCursor.Step taken = takePage();
      if (taken == RangeCursor.Step.BLOCKED) {
        return false;
      }
      if (taken == RangeCursor.Step.END) {
        throw new IllegalStateException("the rest of a partition is missing");
      }
      if (!page.isEmpty()) {
        piece = page.get(at++);
        rows = piece.cursor();
      }
      return true;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      RangeCursor.this.awaitBlock(resume);
    }

    @Override
    public byte[] keyArray() {
      return atSeam ? seam : rows.keyArray();
    }

    @Override
    public int keyOffset() {
      return atSeam ? 0 : rows.keyOffset();
    }

    @Override
    public int keyLength() {
      return atSeam ? seam.length : rows.keyLength();
    }

    @Override
    public byte[] imageArray() {
      return rows.imageArray();
    }

    @Override
    public int imageOffset() {
      return rows.imageOffset();
    }

    @Override
    public int imageLength() {
      return rows.imageLength();
    }

    @Override
    public Deletion before() {
      return atSeam ? before : rows.before();
    }

    @Override
    public Deletion after() {
      return atSeam ? after : rows.after();
    }
  }
}

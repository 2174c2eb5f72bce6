package io.ilion.coordinator.streaming;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.BlockSupply;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.function.LongUnaryOperator;

/**
 * The pieces of one file of another node, asked for on a lane, a few ahead of whoever takes them.
 */
final class FilePieces implements BlockSupply {
  private static final long RETRY_NANOS = 500_000_000;
  private static final int PIECES_AHEAD = 2;

  /** Of the lane that owns it, which is lane 0 of the other node. */
  private static final long FIRST_TOKEN = Long.MIN_VALUE;

  /** Where in a piece stands what to go on with: behind the version and the codec. */
  private static final int NEXT_OFFSET = 2;

  private final Messenger messenger;
  private final Lane lane;
  private final StreamLimits limits;
  private final NodeAddress source;
  private final long session;
  private final UUID table;
  private final int file;
  private final int ranges;
  private final int pieceBytes;
  private final LongUnaryOperator pace;

  // Of the lane.
  private int range;
  private long block = -1;
  private int failures;

  // Guarded by the deque.
  private final ArrayDeque<ByteBuffer> arrived = new ArrayDeque<>();
  private boolean asking;
  private boolean ended;
  private RuntimeException failure;
  private Runnable waiting;

  /**
   * Pieces that were not asked for yet.
   *
   * @param lane where they are asked for
   * @param ranges how many of those of the session are wanted
   * @param pieceBytes after about so many a piece ends
   * @param pace told of the bytes of each piece; after so many nanoseconds the next is asked for
   */
  FilePieces(
      Messenger messenger,
      Lane lane,
      StreamLimits limits,
      NodeAddress source,
      long session,
      UUID table,
      int file,
      int ranges,
      int pieceBytes,
      LongUnaryOperator pace) {
    this.messenger = messenger;
    this.lane = lane;
    this.limits = limits;
    this.source = source;
    this.session = session;
    this.table = table;
    this.file = file;
    this.ranges = ranges;
    this.pieceBytes = pieceBytes;
    this.pace = pace;
  }

  /** Asks for the first piece; any thread. */
  void begin() {
    synchronized (arrived) {
      asking = true;
    }
    lane.execute(this::ask);
  }

  /** Has whoever takes pieces fail with this; any thread. */
  void fail(RuntimeException cause) {
    Runnable resume;
    synchronized (arrived) {
      if (failure == null && !ended) {
        failure = cause;
      }
      resume = waiting;
      waiting = null;
    }
    if (resume != null) {
      resume.run();
    }
  }

  /** Asks for a piece if there is room for one; on the lane. */
  private void ask() {
    synchronized (arrived) {
      if (failure != null || ended || arrived.size() >= PIECES_AHEAD) {
        asking = false;
        return;
      }
    }
    messenger.request(
        source,
        Verb.STREAM_BLOCKS,
        FIRST_TOKEN,
        new FileMessages.Blocks(session, table, file, range, block, ranges, pieceBytes).encode(),
        limits.timeoutNanos(),
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer payload) {
            ByteBuffer piece;
            try {
              piece = FileMessages.piece(payload);
              if (piece != null) {
                range = piece.getInt(NEXT_OFFSET);
                block = piece.getLong(NEXT_OFFSET + Integer.BYTES);
              }
            } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | CorruptDataException e) {
              fail(new StreamException(source + " sent no piece of a file: " + e));
              return;
            }
            if (piece == null) {
              fail(new StreamException(source + " does not hold the file any more"));
            } else {
              arrived(piece);
            }
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            if (++failures >= limits.attempts()) {
              fail(new StreamException("no piece of a file of " + source + ": " + reason));
            } else {
              lane.schedule(RETRY_NANOS, FilePieces.this::ask);
            }
          }
        });
  }

  private void arrived(ByteBuffer piece) {
    failures = 0;
    long wait = pace.applyAsLong(piece.remaining());
    Runnable resume;
    synchronized (arrived) {
      arrived.add(piece);
      ended |= range >= ranges;
      resume = waiting;
      waiting = null;
    }
    if (resume != null) {
      resume.run();
    }
    if (wait > 0) {
      lane.schedule(wait, this::ask);
    } else {
      ask();
    }
  }

  @Override
  public ByteBuffer take() {
    synchronized (arrived) {
      ByteBuffer piece = arrived.poll();
      if (piece == null && failure != null) {
        throw failure;
      }
      if (piece != null && !asking && !ended && failure == null) {
        asking = true;
        lane.execute(this::ask);
      }
      return piece;
    }
  }

  @Override
  public boolean isOver() {
    synchronized (arrived) {
      return ended && arrived.isEmpty();
    }
  }

  @Override
  public void await(Runnable resume) {
    synchronized (arrived) {
      if (arrived.isEmpty() && failure == null && !ended) {
        waiting = resume;
        return;
      }
    }
    resume.run();
  }

  @Override
  public void close() {
    synchronized (arrived) {
      ended = true;
      arrived.clear();
    }
  }
}

package io.ilion.coordinator.replica.hint;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Hands the hints for one node over, the oldest first, some at a time. Owned by one lane. When one
 * of some fails, those of them that were not taken are sent again after a while. Were all sent
 * again, whoever has room for a part of them only would never have taken them all.
 *
 * <pre>
 * IDLE -- start --> READING -- read --> SENDING -- all answered --> READING, or IDLE at the end
 *                                       SENDING -- one failed   --> WAITING -- time --> IDLE
 * </pre>
 */
final class HintDispatch {
  private static final int MOST_IN_FLIGHT = 1024;
  private static final long FIRST_WAIT_NANOS = 500_000_000L;
  private static final long LONGEST_WAIT_NANOS = 60_000_000_000L;

  /** What is sent at once is at most what may be sent in such a part of a second. */
  private static final int PARTS_OF_A_SECOND = 8;

  private final Hints hints;
  private final UUID node;
  private final Lane lane;
  private State state = State.IDLE;
  private long waitNanos = FIRST_WAIT_NANOS;
  private HintStore.Place place;
  private HintStore.Batch batch;

  /** Which hints of the batch that begins at a place were taken; while it waits, too. */
  private final BitSet taken = new BitSet();

  private HintStore.Place takenFrom;
  private boolean progressed;
  private int next;
  private int inFlight;
  private boolean sending;
  private boolean failed;
  private long batchBytes;
  private long batchBegan;
  private volatile CompletableFuture<Void> batchOver = CompletableFuture.completedFuture(null);

  private enum State {
    IDLE,
    READING,
    SENDING,
    WAITING
  }

  HintDispatch(Hints hints, UUID node, Lane lane) {
    this.hints = hints;
    this.node = node;
    this.lane = lane;
  }

  /** Completes when those hints have been answered that are on their way now. */
  CompletableFuture<Void> batchOver() {
    return batchOver;
  }

  /** Begins, if it is not at work and the node can be reached; from any lane. */
  void start() {
    lane.execute(
        () -> {
          if (state == State.IDLE && hints.canDeliver(node)) {
            read();
          }
        });
  }

  /** Begins at once, without what is left of a wait. */
  void startAgain() {
    lane.execute(
        () -> {
          waitNanos = FIRST_WAIT_NANOS;
          if (state == State.WAITING) {
            state = State.IDLE;
          }
        });
    start();
  }

  private void read() {
    state = State.READING;
    long most = hints.options().bytesPerSecond() / PARTS_OF_A_SECOND;
    hints.store.read(
        node,
        place,
        (int) Math.clamp(most, 1, HintStore.CHUNK_BYTES),
        (found, failure) -> lane.execute(() -> send(found, failure)));
  }

  private void send(HintStore.Batch found, Throwable failure) {
    if (failure != null) {
      Hints.LOGGER.warn("hints for {} cannot be read: {}", node, failure.toString());
      place = null;
      waitAWhile();
      return;
    }
    if (found == null) {
      state = State.IDLE;
      place = null;
      hints.emptied(node);
      return;
    }
    state = State.SENDING;
    batch = found;
    HintStore.Place from = new HintStore.Place(found.segment(), place == null ? 0 : place.offset());
    if (!from.equals(takenFrom)) {
      takenFrom = from;
      taken.clear();
    }
    next = 0;
    inFlight = 0;
    failed = false;
    progressed = false;
    batchBytes = 0;
    batchBegan = hints.clock.nanoTime();
    batchOver = new CompletableFuture<>();
    sendMore();
  }

  private void sendMore() {
    List<Hint> all = batch.hints();
    sending = true;
    next = taken.nextClearBit(next);
    while (next < all.size() && inFlight < MOST_IN_FLIGHT && !failed) {
      int index = next;
      next = taken.nextClearBit(index + 1);
      Hint hint = all.get(index);
      batchBytes += hint.bytes();
      inFlight++;
      Outcome outcome = new Outcome(index);
      try {
        hints.deliver(node, batch.segment().number(), hint, outcome);
      } catch (RuntimeException e) {
        // Who waits for the end of the batch would wait for ever.
        Hints.LOGGER.warn("a hint for {} cannot be sent", node, e);
        outcome.end(false);
      }
    }
    sending = false;
    if (inFlight == 0) {
      ended();
    }
  }

  /** Told what became of a hint; only the first call counts. */
  final class Outcome implements Messenger.Answer {
    private final int index;
    private boolean told;

    Outcome(int index) {
      this.index = index;
    }

    /** On the lane, maybe while the hint is being sent. */
    void end(boolean success) {
      if (told) {
        return;
      }
      told = true;
      inFlight--;
      if (success) {
        taken.set(index);
        progressed = true;
      } else {
        failed = true;
      }
      if (!sending) {
        sendMore();
      }
    }

    void endFromAnywhere(boolean success) {
      onLane(() -> end(success));
    }

    /** Goes on with the hint on the lane of its dispatch; from any thread. */
    void onLane(Runnable task) {
      lane.execute(task);
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      end(true);
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      // If the table is gone, this node knows that too by the time when it would send it again.
      end(false);
    }
  }

  private void ended() {
    batchOver.complete(null);
    if (failed) {
      if (progressed) {
        waitNanos = FIRST_WAIT_NANOS;
      }
      waitAWhile();
      return;
    }
    waitNanos = FIRST_WAIT_NANOS;
    long pace = batchBytes * 1_000_000_000L / hints.options().bytesPerSecond();
    long rest = batchBegan + pace - hints.clock.nanoTime();
    place = batch.next();
    HintSegment.Id segment = batch.segment();
    if (batch.lostBytes() > 0) {
      Hints.LOGGER.error(
          "{} has {} bytes that are no whole hints: torn by a crash, they were promised to nobody;"
              + " damaged, they are lost, and a repair of {} brings it what it misses",
          segment.fileName(),
          batch.lostBytes(),
          node);
    }
    batch = null;
    state = State.READING;
    if (place == null) {
      hints.store.delete(segment, () -> lane.execute(() -> goOnIn(rest)));
    } else {
      goOnIn(rest);
    }
  }

  private void goOnIn(long nanos) {
    if (nanos > 0) {
      lane.schedule(nanos, this::goOn);
    } else {
      goOn();
    }
  }

  private void goOn() {
    if (hints.canDeliver(node)) {
      read();
    } else {
      state = State.IDLE;
    }
  }

  private void waitAWhile() {
    batch = null;
    state = State.WAITING;
    long nanos = waitNanos;
    waitNanos = Math.min(LONGEST_WAIT_NANOS, nanos * 2);
    lane.schedule(
        nanos,
        () -> {
          if (state == State.WAITING) {
            state = State.IDLE;
            start();
          }
        });
  }
}

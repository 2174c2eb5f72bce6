package io.ilion.gossip.metadata;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Runs a {@link Raft} on a lane that may block. What comes of a step is done in this order: what
 * has to be on disk is made durable, then messages leave, then the follower hears what was decided.
 *
 * <p>A step that there is no room for is held: it is tried again each second, and until it is on
 * disk nothing else is done, sent or taken. When a sync fails, or a write throws what it must not,
 * the driver halts for ever, since nobody knows what is on the disk.
 *
 * <p>What a step or the follower throws goes to the lane, which says so, and the next turn comes
 * all the same: a step that throws has changed nothing, as a message that was lost, and who does
 * not follow an epoch learns of the next; but a leader without its timer would fall silent.
 *
 * <p>All of this is called on the lane, but for {@link #turn}.
 */
final class RaftDriver {
  private static final long REPAIR_NANOS = 1_000_000_000L;
  private static final long LEAST_WAIT_NANOS = 1_000_000L;

  /** As above when something was thrown, so that it is not said a thousand times a second. */
  private static final long FAILED_WAIT_NANOS = 100_000_000L;

  private final UUID self;
  private final Raft raft;
  private final MetadataFile file;
  private final Lane lane;
  private final Clock clock;
  private final Consumer<Raft.Outgoing> network;
  private final Follower follower;
  private Lane.Cancellable timer;

  /** What cannot be written now, or null. */
  private Raft.Output held;

  /** Why it cannot be. */
  private IOException reason;

  /** When to try that again. */
  private long repairNanos;

  /** Why this has ended, or null. */
  private Throwable halted;

  /** What follows the log, and has things of its own to do when their time has come. */
  interface Follower {
    /** The metadata, or the index of what is decided, are new. */
    void advanced(Raft.Output output);

    /** Does whatever is due. */
    void due(long nowNanos);

    /** In how many nanoseconds the next thing is due, perhaps less than 0; else Long.MAX_VALUE. */
    long waitNanos(long nowNanos);

    /** A step is held, because it cannot be written. */
    void held(IOException reason);

    /** The step that was held is on disk. What others answered meanwhile was not heard. */
    void released();

    /** Nothing will be done any more. */
    void halted(Throwable failure);
  }

  /**
   * A driver that rests until its first turn.
   *
   * @param lane of nobody else; may block
   * @param network takes the messages
   */
  RaftDriver(
      UUID self,
      Raft raft,
      MetadataFile file,
      Lane lane,
      Clock clock,
      Consumer<Raft.Outgoing> network,
      Follower follower) {
    this.self = self;
    this.raft = raft;
    this.file = file;
    this.lane = lane;
    this.clock = clock;
    this.network = network;
    this.follower = follower;
  }

  /**
   * Runs a step on the lane, does what comes of it, and whatever else is due. While a step is held
   * this one is dropped, as a message may be lost. Any thread may call this.
   */
  void turn(Runnable step) {
    turn(step, refusal -> {});
  }

  /**
   * As above, for a step that somebody waits for.
   *
   * @param refused told why, in place of the step, while another is held or once this has halted
   */
  void turn(Runnable step, Consumer<MetadataException> refused) {
    lane.execute(
        () -> {
          long least = FAILED_WAIT_NANOS;
          try {
            if (isWritable()) {
              step.run();
              flush();
            } else {
              refused.accept(refusal(halted == null ? reason : halted));
            }
            if (halted == null) {
              care();
            }
            least = LEAST_WAIT_NANOS;
          } finally {
            if (halted == null) {
              rearm(least);
            }
          }
        });
  }

  /** What those are told who want what cannot be written. */
  static MetadataException refusal(Throwable reason) {
    return new MetadataException("the metadata log cannot be written", reason);
  }

  /** Whether steps can be made durable now. */
  boolean isWritable() {
    return halted == null && held == null;
  }

  /** Why this has ended, or null. */
  Throwable failure() {
    return halted;
  }

  /** Does what the steps so far want done. */
  void flush() {
    while (isWritable()) {
      Raft.Output output = raft.takeOutput();
      if (!output.mustPersist() && !output.advanced() && output.messages().isEmpty()) {
        return;
      }
      finish(output);
    }
  }

  private void finish(Raft.Output output) {
    try {
      persist(output);
    } catch (MetadataFile.SyncFailedException | RuntimeException e) {
      halted = e;
      follower.halted(e);
      return;
    } catch (IOException e) {
      held = output;
      reason = e;
      repairNanos = clock.nanoTime() + REPAIR_NANOS;
      follower.held(e);
      return;
    }
    held = null;
    if (output.mustPersist()) {
      raft.persisted(clock.nanoTime());
    }
    output.messages().forEach(network);
    if (output.advanced()) {
      follower.advanced(output);
    }
  }

  private void persist(Raft.Output output) throws IOException {
    if (output.replaced() || file.isBroken() || file.isGrown()) {
      file.rewrite(raft.state());
    } else if (output.mustPersist()) {
      List<LogEntry> entries =
          output.persistFrom() == 0 ? List.of() : raft.entriesFrom(output.persistFrom());
      file.step(raft.term(), raft.votedFor(), entries, raft.commit());
    }
    // A table whose rows are in the commit log must be known when that is replayed. What a voter
    // has that votes alone is decided anyway.
    if (output.advanced() && !raft.voters().equals(List.of(self))) {
      file.decided(raft.commit());
    }
  }

  /** Whatever is due. */
  private void care() {
    long now = clock.nanoTime();
    if (held != null && now - repairNanos >= 0) {
      finish(held);
      follower.released();
      flush();
    }
    if (held != null) {
      return;
    }
    raft.tick(now);
    follower.due(now);
    flush();
  }

  /** Has {@link #care} run when the next thing is due. */
  void rearm() {
    rearm(LEAST_WAIT_NANOS);
  }

  private void rearm(long least) {
    long now = clock.nanoTime();
    long wait;
    if (held != null) {
      wait = repairNanos - now;
    } else {
      wait = raft.deadline() == Long.MAX_VALUE ? Long.MAX_VALUE : raft.deadline() - now;
      wait = Math.min(wait, follower.waitNanos(now));
    }
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (wait != Long.MAX_VALUE) {
      timer = lane.schedule(Math.max(wait, least), () -> turn(() -> {}));
    }
  }
}

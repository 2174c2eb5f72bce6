package io.ilion.gossip;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Payload;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that of two processes that run with copies of one data directory, and so with one host
 * id, only one goes on. A node that was restarted elsewhere is the same node, so what others have
 * heard of it, or agreed on, proves nothing: whoever might be the other one is asked who it is.
 * Only an answer with this node's host id, and of another run, is one of a copy.
 *
 * <p>The one that is not a member yet gives way, else the one that began later. Who is asked learns
 * as much as who asks, so it is enough that one finds the other.
 *
 * <pre>
 * both ways: u8 version 1, id of the host, i64 number of the run, i64 when it began in seconds,
 *            u8 flags: 1 it is a member, 2 an address follows
 *            the address: where the asker's host id was heard to be alive; in answers only
 * </pre>
 *
 * <p>Of lane 0, unless a method says otherwise.
 */
public final class CopyCheck {
  private static final Logger LOGGER = LoggerFactory.getLogger(CopyCheck.class);
  private static final int VERSION = 1;
  private static final int MEMBER = 1;
  private static final int HEARD = 2;
  private static final long TIMEOUT_NANOS = 3_000_000_000L;

  private final UUID hostId;
  private final long run;
  private final long began;
  private final Messenger messenger;
  private final Function<UUID, NodeAddress> heard;
  private final Consumer<CopyRunsException> givesWay;
  private volatile boolean member;

  /** Who somebody says that it is. */
  private record Who(UUID hostId, long run, long began, boolean member, NodeAddress heard) {}

  /**
   * The check of one run of a node.
   *
   * @param random of its own
   * @param heard where a node was heard to be alive, by its host id; null if it was not
   * @param givesWay told that this node must not go on
   */
  public CopyCheck(
      UUID hostId,
      Messenger messenger,
      Clock clock,
      RandomGenerator random,
      Function<UUID, NodeAddress> heard,
      Consumer<CopyRunsException> givesWay) {
    this.hostId = hostId;
    this.run = random.nextLong();
    this.began = clock.wallSeconds();
    this.messenger = messenger;
    this.heard = heard;
    this.givesWay = givesWay;
  }

  /** Has the messenger bring the questions of others; before it listens. */
  public void register() {
    messenger.handle(Verb.IDENTITY, this::asked);
  }

  /** This node is a member of its cluster from now on. Any thread may call this. */
  public void joined() {
    member = true;
  }

  /**
   * Asks whoever might run with a copy, and those who may have heard where one is. To be called on
   * a lane.
   *
   * @return completes when all have answered that they do not, or nothing; if one does and this
   *     node has to give way, never
   */
  public CompletionStage<Void> ask(Collection<NodeAddress> suspects) {
    Round round = new Round();
    suspects.forEach(round::ask);
    round.end();
    return round.done;
  }

  private byte[] self(NodeAddress heardOf) {
    ByteSink out = Payload.version(VERSION);
    Payload.writeUuid(out, hostId);
    out.writeLong(run);
    out.writeLong(began);
    out.writeByte((member ? MEMBER : 0) | (heardOf == null ? 0 : HEARD));
    if (heardOf != null) {
      Payload.writeAddress(out, heardOf);
    }
    return out.toByteArray();
  }

  private static Who read(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    UUID hostId = Payload.readUuid(in);
    long run = in.getLong();
    long began = in.getLong();
    int flags = in.get();
    return new Who(
        hostId,
        run,
        began,
        (flags & MEMBER) != 0,
        (flags & HEARD) != 0 ? Payload.readAddress(in) : null);
  }

  private void asked(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    Who who;
    try {
      who = read(payload);
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.warn("{} asked who this node is with what cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    NodeAddress elsewhere = who.hostId.equals(hostId) ? null : heard.apply(who.hostId);
    reply.answer(self(elsewhere));
    judge(from, who);
  }

  /** Whether this node has to give way to somebody. */
  private boolean judge(NodeAddress at, Who other) {
    if (!other.hostId.equals(hostId) || other.run == run) {
      return false;
    }
    boolean later = began != other.began ? began > other.began : messenger.self().compareTo(at) > 0;
    if (member == other.member ? later : other.member) {
      givesWay.accept(new CopyRunsException(messenger.self(), at));
      return true;
    }
    LOGGER.warn(
        "a copy of this node's data directory was started at {}, and is to give way to this one",
        at);
    return false;
  }

  /** Some addresses that are asked, and those that they tell of. */
  private final class Round {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Set<NodeAddress> asked = new HashSet<>();
    private int open = 1;

    void ask(NodeAddress address) {
      if (address == null || address.equals(messenger.self()) || !asked.add(address)) {
        return;
      }
      open++;
      messenger.request(
          address,
          Verb.IDENTITY,
          Messenger.LANE_0,
          self(null),
          TIMEOUT_NANOS,
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer payload) {
              boolean isOver = false;
              try {
                Who who = read(payload);
                isOver = judge(from, who);
                Round.this.ask(who.heard);
              } catch (CorruptDataException | BufferUnderflowException e) {
                LOGGER.warn("{} does not say clearly who it is: {}", from, e.toString());
              }
              if (!isOver) {
                end();
              }
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              // Who does not answer does not run, as far as can be known.
              end();
            }
          });
    }

    void end() {
      open--;
      if (open == 0) {
        done.complete(null);
      }
    }
  }
}

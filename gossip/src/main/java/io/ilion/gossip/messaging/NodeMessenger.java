package io.ilion.gossip.messaging;

import io.ilion.model.ring.LaneMapping;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.Scheduler;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messenger of a node. Each lane has its own requests and deadlines, and answers come back to
 * it. An answer that comes twice, or late, or to an earlier run of this node, finds nobody waiting
 * and is dropped; a request that comes twice is handled twice.
 *
 * <p>Requests for rows that a lane works on and has not answered are bounded; more are refused. A
 * request from a node whose metadata is newer waits until this one has caught up; what waits is
 * bounded. A node refuses requests while the metadata have another address of it. Verbs that carry
 * membership and metadata themselves never wait, and are taken anywhere.
 */
public final class NodeMessenger implements Messenger, Network.Receiver {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeMessenger.class);
  private static final int HELD_OVERHEAD = 256;

  /** What hints may take of what is held: a node that returns gets very many at once. */
  private static final int HINTS_PART = 4;

  private static final int MOST_LANES = 256;

  private final Network network;
  private final Scheduler scheduler;
  private final MetadataEpochs epochs;
  private final LaneMapping mapping;
  private final Handler[] handlers = new Handler[256];
  private final PendingRequests[] pending;
  private final long mostHeldBytes;
  private final AtomicLong heldBytes = new AtomicLong();
  private final LaneWork[] work;

  /**
   * Creates a messenger that neither listens nor sends before {@link #start}.
   *
   * @param random of its own
   */
  public NodeMessenger(
      Network network,
      Scheduler scheduler,
      Clock clock,
      RandomGenerator random,
      MetadataEpochs epochs,
      MessengerLimits limits) {
    int lanes = scheduler.laneCount();
    if (lanes > MOST_LANES) {
      throw new IllegalArgumentException(lanes + " lanes are too many");
    }
    this.network = network;
    this.scheduler = scheduler;
    this.epochs = epochs;
    this.mostHeldBytes = limits.heldBytes();
    this.mapping = new LaneMapping(lanes);
    this.pending = new PendingRequests[lanes];
    this.work = new LaneWork[lanes];
    for (int i = 0; i < lanes; i++) {
      work[i] = new LaneWork(clock, limits.workBytes() / lanes);
      pending[i] =
          new PendingRequests(
              scheduler.lane(i),
              clock,
              random.nextLong() >>> 9,
              over -> fail(over, FailureReason.TIMEOUT));
    }
  }

  /** Begins to listen; all verbs have their handlers by now. */
  public void start() {
    network.listen(this);
  }

  @Override
  public NodeAddress self() {
    return network.self();
  }

  @Override
  public void handle(Verb verb, Handler handler) {
    if (handlers[verb.code()] != null) {
      throw new IllegalStateException(verb + " is handled already");
    }
    handlers[verb.code()] = handler;
  }

  @Override
  public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
    checkSize(payload);
    if (to.equals(self())) {
      Handler handler = handlers[verb.code()];
      ownerOf(token)
          .execute(() -> run(handler, verb, to, ByteBuffer.wrap(payload), NoReply.INSTANCE));
    } else {
      network.send(
          to,
          MessageHeader.encode(
              verb.code(), MessageHeader.ONE_WAY, 0, token, epochs.epoch(), payload));
    }
  }

  @Override
  public void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
    checkSize(payload);
    int index = currentLane();
    Lane lane = scheduler.lane(index);
    PendingRequests.Pending request = pending[index].add(to, answer, timeoutNanos);
    if (request == null) {
      lane.execute(() -> failed(answer, to, FailureReason.OVERLOADED));
    } else if (to.equals(self())) {
      Reply reply = new SelfReply(index, request.number());
      Handler handler = handlers[verb.code()];
      if (isRead(verb) && mapping.laneOf(token) == index) {
        // Reads change nothing, so they need not wait for their turn.
        run(handler, verb, to, ByteBuffer.wrap(payload), reply);
      } else {
        ownerOf(token).execute(() -> run(handler, verb, to, ByteBuffer.wrap(payload), reply));
      }
    } else {
      byte[] message =
          MessageHeader.encode(
              verb.code(),
              MessageHeader.REQUEST,
              MessageHeader.id(index, request.number()),
              token,
              epochs.epoch(),
              payload);
      if (!network.send(to, message)) {
        lane.execute(() -> end(index, request.number(), FailureReason.OVERLOADED));
      }
    }
  }

  /** The requests without an answer, for those who watch; a guess while lanes are at work. */
  public int waiting(int lane) {
    return pending[lane].count();
  }

  private static void checkSize(byte[] payload) {
    if (payload.length > Network.MAX_MESSAGE_BYTES - MessageHeader.SIZE) {
      throw new IllegalArgumentException("a message of " + payload.length + " bytes");
    }
  }

  private int currentLane() {
    for (int i = 0; i < pending.length; i++) {
      if (scheduler.lane(i).isCurrent()) {
        return i;
      }
    }
    throw new IllegalStateException("only a lane sends requests");
  }

  private Lane ownerOf(long token) {
    return scheduler.lane(mapping.laneOf(token));
  }

  @Override
  public int lane(NodeAddress from, byte[] message) {
    if (!MessageHeader.isSound(message)) {
      return 0;
    }
    if (MessageHeader.kind(message) >= MessageHeader.ANSWER) {
      int lane = MessageHeader.laneOf(MessageHeader.id(message));
      return lane < pending.length ? lane : 0;
    }
    return mapping.laneOf(MessageHeader.token(message));
  }

  /** Whether nothing that other nodes asked for is being worked on. Any thread may ask. */
  public boolean isIdle() {
    for (LaneWork ofLane : work) {
      if (!ofLane.isIdle()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void message(NodeAddress from, byte[] message) {
    if (!MessageHeader.isSound(message)) {
      LOGGER.warn("{} sent what is no message of version {}", from, MessageHeader.VERSION);
      return;
    }
    if (MessageHeader.kind(message) >= MessageHeader.ANSWER) {
      answered(from, message);
    } else {
      requested(from, message);
    }
  }

  private void answered(NodeAddress from, byte[] message) {
    long id = MessageHeader.id(message);
    int lane = MessageHeader.laneOf(id);
    if (lane >= pending.length) {
      return;
    }
    PendingRequests.Pending request = pending[lane].take(id << 8 >>> 8);
    if (request == null) {
      return;
    }
    ByteBuffer payload = MessageHeader.payload(message);
    if (MessageHeader.kind(message) == MessageHeader.ANSWER) {
      answered(request.answer(), request.to(), payload);
    } else {
      fail(
          request,
          payload.hasRemaining()
              ? FailureReason.ofCode(payload.get() & 0xff)
              : FailureReason.UNKNOWN);
    }
    if (MessageHeader.epoch(message) > epochs.epoch()) {
      catchUp(MessageHeader.epoch(message), from);
    }
  }

  /** Nobody waits for this one: whoever has newer metadata told of it by the way. */
  private void catchUp(long epoch, NodeAddress from) {
    epochs
        .catchUp(epoch, from)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOGGER.debug("not at epoch {} of {} yet: {}", epoch, from, failure.toString());
              }
            });
  }

  private void requested(NodeAddress from, byte[] message) {
    int code = MessageHeader.verb(message);
    Verb verb = Verb.ofCode(code);
    Handler handler = handlers[code];
    RemoteReply remote =
        MessageHeader.kind(message) == MessageHeader.ONE_WAY
            ? null
            : new RemoteReply(from, code, MessageHeader.id(message), MessageHeader.token(message));
    Reply reply = remote == null ? NoReply.INSTANCE : remote;
    if (verb == null || handler == null) {
      LOGGER.warn("{} sent verb {}, which nobody takes here", from, code);
      reply.fail(FailureReason.UNKNOWN);
    } else if (remote != null && isAboutRows(verb) && !remote.tryBegin(message.length)) {
      reply.fail(FailureReason.OVERLOADED);
    } else if (isMetadata(verb)) {
      run(handler, verb, from, MessageHeader.payload(message), reply);
    } else if (MessageHeader.epoch(message) <= epochs.epoch()) {
      runIfMeant(handler, verb, from, message, reply);
    } else {
      hold(handler, verb, from, message, reply);
    }
  }

  private static boolean isMetadata(Verb verb) {
    return switch (verb) {
      case GOSSIP, METADATA_AGREEMENT, METADATA_FETCH, METADATA_PROPOSE, IDENTITY -> true;
      default -> false;
    };
  }

  /** Whether a message is an answer, or asks who this node is: what it may take before all else. */
  public static boolean isOfIdentity(byte[] message) {
    return MessageHeader.isSound(message)
        && (MessageHeader.kind(message) >= MessageHeader.ANSWER
            || MessageHeader.verb(message) == Verb.IDENTITY.code());
  }

  private static boolean isRead(Verb verb) {
    return verb == Verb.READ || verb == Verb.READ_DIGEST;
  }

  /** Whether clients can bring about as many of these as they like. */
  private static boolean isAboutRows(Verb verb) {
    return switch (verb) {
      case MUTATE, COUNT, READ, READ_DIGEST, PAXOS_PREPARE, PAXOS_PROPOSE, PAXOS_COMMIT, TRACED ->
          true;
      default -> false;
    };
  }

  /** Keeps a request back until this node works by the metadata that the sender works by. */
  private void hold(Handler handler, Verb verb, NodeAddress from, byte[] message, Reply reply) {
    int size = message.length + HELD_OVERHEAD;
    // Clients wait for the others; hints come again.
    long most = verb == Verb.HINT ? mostHeldBytes / HINTS_PART : mostHeldBytes;
    long held = heldBytes.addAndGet(size);
    if (held > most && held - size > most / 2) {
      heldBytes.addAndGet(-size);
      reply.fail(FailureReason.OVERLOADED);
      return;
    }
    Lane lane = ownerOf(MessageHeader.token(message));
    epochs
        .catchUp(MessageHeader.epoch(message), from)
        .whenComplete(
            (done, failure) -> {
              heldBytes.addAndGet(-size);
              if (failure != null) {
                reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
              } else {
                lane.execute(() -> runIfMeant(handler, verb, from, message, reply));
              }
            });
  }

  private void runIfMeant(
      Handler handler, Verb verb, NodeAddress from, byte[] message, Reply reply) {
    if (epochs.isWhereAgreed()) {
      run(handler, verb, from, MessageHeader.payload(message), reply);
    } else {
      reply.fail(FailureReason.UNKNOWN);
    }
  }

  private static void run(
      Handler handler, Verb verb, NodeAddress from, ByteBuffer payload, Reply reply) {
    if (handler == null) {
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    try {
      handler.handle(from, payload, reply);
    } catch (RuntimeException e) {
      LOGGER.error("{} of {} failed", verb, from, e);
      reply.fail(FailureReason.UNKNOWN);
    }
  }

  /** Ends a request of the lane that this runs on, unless it has ended. */
  private void end(int lane, long number, FailureReason reason) {
    PendingRequests.Pending request = pending[lane].take(number);
    if (request != null) {
      fail(request, reason);
    }
  }

  private static void fail(PendingRequests.Pending request, FailureReason reason) {
    failed(request.answer(), request.to(), reason);
  }

  private static void failed(Answer answer, NodeAddress from, FailureReason reason) {
    try {
      answer.failed(from, reason);
    } catch (RuntimeException e) {
      LOGGER.error("a failure of {} was not borne", from, e);
    }
  }

  private static void answered(Answer answer, NodeAddress from, ByteBuffer payload) {
    try {
      answer.answered(from, payload);
    } catch (RuntimeException e) {
      LOGGER.error("an answer of {} was not borne", from, e);
    }
  }

  @Override
  public void connected(NodeAddress peer) {
    LOGGER.debug("connected to {}", peer);
  }

  /** What was sent may be lost, so who waits is told at once instead of after the timeout. */
  @Override
  public void disconnected(NodeAddress peer) {
    for (int i = 0; i < pending.length; i++) {
      PendingRequests own = pending[i];
      scheduler
          .lane(i)
          .execute(
              () -> own.takeAll(peer).forEach(request -> fail(request, FailureReason.NODE_DOWN)));
    }
  }

  /** The way back of a message that wants no answer. */
  private enum NoReply implements Reply {
    INSTANCE;

    @Override
    public void answer(byte[] payload) {}

    @Override
    public void fail(FailureReason reason) {}
  }

  /** The way back to a lane of this node. */
  private final class SelfReply extends AtomicBoolean implements Reply {
    private static final long serialVersionUID = 1;

    private final int lane;
    private final long number;

    SelfReply(int lane, long number) {
      this.lane = lane;
      this.number = number;
    }

    @Override
    public void answer(byte[] payload) {
      if (!getAndSet(true)) {
        scheduler
            .lane(lane)
            .execute(
                () -> {
                  PendingRequests.Pending request = pending[lane].take(number);
                  if (request != null) {
                    answered(request.answer(), request.to(), ByteBuffer.wrap(payload));
                  }
                });
      }
    }

    @Override
    public void fail(FailureReason reason) {
      if (!getAndSet(true)) {
        scheduler.lane(lane).execute(() -> end(lane, number, reason));
      }
    }
  }

  /** The way back to another node. */
  private final class RemoteReply extends AtomicBoolean implements Reply {
    private static final long serialVersionUID = 1;

    private final NodeAddress to;
    private final int verb;
    private final long id;
    private final long token;
    private LaneWork.Share share;

    RemoteReply(NodeAddress to, int verb, long id, long token) {
      this.to = to;
      this.verb = verb;
      this.id = id;
      this.token = token;
    }

    /** Counts the request among those that its lane works on; false if there are too many. */
    boolean tryBegin(int bytes) {
      share = work[mapping.laneOf(token)].tryBegin(bytes);
      return share != null;
    }

    @Override
    public void answer(byte[] payload) {
      if (payload.length > Network.MAX_MESSAGE_BYTES - MessageHeader.SIZE) {
        LOGGER.error("an answer of {} bytes to {} is too large", payload.length, to);
        fail(FailureReason.UNKNOWN);
      } else if (!getAndSet(true)) {
        end();
        if (!send(MessageHeader.ANSWER, payload)) {
          // Too much waits for that node; what is short may find room.
          boolean unused = send(MessageHeader.FAILURE, failure(FailureReason.OVERLOADED));
        }
      }
    }

    @Override
    public void fail(FailureReason reason) {
      if (!getAndSet(true)) {
        end();
        boolean unused = send(MessageHeader.FAILURE, failure(reason));
      }
    }

    private static byte[] failure(FailureReason reason) {
      return new byte[] {(byte) reason.code()};
    }

    private void end() {
      if (share != null) {
        share.end();
      }
    }

    private boolean send(int kind, byte[] payload) {
      return network.send(to, MessageHeader.encode(verb, kind, id, token, epochs.epoch(), payload));
    }
  }
}

package io.ilion.driver.internal;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.ProtocolErrorException;
import io.ilion.protocol.Compression;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.EnvelopeWriter;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a node, on one event loop.
 *
 * <p>{@link #send} may be called by any thread: it puts the request onto a stack, which the event
 * loop takes as a whole, encodes into one buffer and writes with one flush. So all that is sent
 * within a turn of the loop (by the callbacks of the answers that it read, say) is one system call.
 * Everything else here happens on the event loop, without locks.
 *
 * <p>What a connection holds is bounded: so many requests may be without an answer, those beyond
 * wait, and those beyond the greatest number of waiting ones are refused.
 */
public final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final VarHandle LOAD;
  private static final int FIRST_BUFFER_BYTES = 1024;
  private static final int MAX_BATCH_BYTES = 256 * 1024;
  private static final int EVENT_STREAM = -1;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LOAD = lookup.findVarHandle(Connection.class, "load", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Stands for a request whose answer is still to come, but that nobody waits for. */
  private static final Outgoing ORPHAN = new Marker();

  private final ConnectionSettings settings;
  private final ProtocolVersion version;
  private final SocketAddress address;
  private final Streams streams;
  private final Runnable drain = this::drain;

  private final OutgoingStack incoming = new OutgoingStack();
  private final OutgoingQueue waiting = new OutgoingQueue();

  /** How many requests were accepted and are not answered. */
  @SuppressWarnings("unused")
  private volatile int load;

  private volatile boolean leaving;

  private Channel channel;
  private EnvelopeReader reader;
  private EnvelopeWriter writer;
  private long nextSweep = Outgoing.NEVER;
  private int orphans;
  private boolean answeredSinceHeartbeat;
  private Throwable closeCause;
  private Consumer<ResponseEnvelope> events = event -> {};
  private Consumer<Connection> onClose = connection -> {};
  private Consumer<Connection> onLeave = connection -> {};

  /** A connection of a version, not yet open. */
  public Connection(ConnectionSettings settings, ProtocolVersion version, SocketAddress address) {
    this.settings = settings;
    this.version = version;
    this.address = address;
    this.streams = new Streams(settings.maxInFlight());
  }

  /** The version that is spoken. */
  public ProtocolVersion version() {
    return version;
  }

  /** The node at the other end. */
  public SocketAddress address() {
    return address;
  }

  /** How many requests have no answer yet. */
  public int load() {
    return load;
  }

  /** Whether requests are accepted. */
  public boolean isUsable() {
    return !leaving && !incoming.isClosed();
  }

  /** Runs a task on the event loop, later. */
  public void schedule(Runnable task, long delayNanos) {
    channel.eventLoop().schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  /** Sets who is told of events. Called on the event loop. */
  void onEvent(Consumer<ResponseEnvelope> events) {
    this.events = events;
  }

  /**
   * Sets who is told of the end of the connection, once; at once if it has ended already. Called on
   * the event loop.
   */
  void onClose(Consumer<Connection> onClose) {
    this.onClose = onClose;
    if (incoming.isClosed()) {
      onClose.accept(this);
    }
  }

  /** Sets who is told that no requests are accepted any more, once. Called on the event loop. */
  void onLeave(Consumer<Connection> onLeave) {
    this.onLeave = onLeave;
  }

  /**
   * Accepts a request, or returns false: then the connection has ended, or has too many requests.
   */
  public boolean send(Outgoing request) {
    if (leaving) {
      return false;
    }
    if ((int) LOAD.getAndAdd(this, 1) >= settings.maxInFlight() + settings.maxWaiting()) {
      LOAD.getAndAdd(this, -1);
      return false;
    }
    switch (incoming.push(request)) {
      case REFUSED -> {
        LOAD.getAndAdd(this, -1);
        return false;
      }
      case FIRST -> {
        try {
          channel.eventLoop().execute(drain);
        } catch (RejectedExecutionException e) {
          // The loops are shut down: whoever closed the session is told by the answer to this.
          failAll(incoming.take(), closed());
        }
      }
      case FURTHER -> {
        // Whoever was the first has the event loop take this one too.
      }
    }
    return true;
  }

  /** Accepts no more requests; closes when the last has its answer. */
  public void leave() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (!leaving) {
                leaving = true;
                onLeave.accept(this);
                closeIfEmpty();
              }
            });
  }

  /** Closes at once; requests without answers fail. */
  public void close() {
    if (channel != null) {
      channel.close();
    }
  }

  private void closeIfEmpty() {
    if (leaving && load == 0) {
      channel.close();
    }
  }

  // ---- what is sent

  private void drain() {
    waiting.addStack(incoming.take());
    sendWaiting();
  }

  private void sendWaiting() {
    boolean written = false;
    while (!waiting.isEmpty() && streams.hasFree() && channel.isWritable()) {
      ByteBuf out = channel.alloc().buffer(FIRST_BUFFER_BYTES);
      while (!waiting.isEmpty() && streams.hasFree() && out.readableBytes() < MAX_BATCH_BYTES) {
        encode(waiting.poll(), out);
      }
      if (out.isReadable()) {
        channel.write(writer.write(out), channel.voidPromise());
        written = true;
      } else {
        out.release();
      }
    }
    if (!waiting.isEmpty()) {
      sweepAt(waiting.first().deadline);
    }
    if (written) {
      channel.flush();
    }
  }

  private void encode(Outgoing request, ByteBuf out) {
    if (request.isAbandoned()) {
      LOAD.getAndAdd(this, -1);
      request.onFailure(closed(), false);
      return;
    }
    int start = out.writerIndex();
    int stream = streams.take(request);
    try {
      request.encode(version, stream, out);
      sweepAt(request.deadline);
    } catch (RuntimeException e) {
      out.writerIndex(start);
      streams.free(stream);
      LOAD.getAndAdd(this, -1);
      request.onFailure(e, false);
    }
  }

  // ---- what is received

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    reader = new EnvelopeReader(context.alloc(), settings.maxFrameBytes());
    writer = new EnvelopeWriter(context.alloc());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    answeredSinceHeartbeat = true;
    reader.feed((ByteBuf) message);
    try {
      for (Envelope envelope = reader.next(); envelope != null; envelope = reader.next()) {
        receive(envelope);
      }
    } catch (ProtocolException e) {
      fail(new ProtocolErrorException("Unreadable bytes: " + e.getMessage(), address, e));
    }
  }

  private void receive(Envelope envelope) {
    int stream = envelope.header().stream();
    if (stream == EVENT_STREAM) {
      events.accept(ResponseCodec.decodePacked(envelope));
      return;
    }
    Outgoing request = streams.get(stream);
    if (request == null) {
      fail(new ProtocolErrorException("An answer on the unused stream " + stream, address, null));
      return;
    }
    streams.free(stream);
    LOAD.getAndAdd(this, -1);
    if (request instanceof Marker) {
      orphans--;
    } else {
      // What a callback throws is its own business, and none of the next answer's.
      try {
        if (!request.onEnvelope(this, envelope)) {
          receive(envelope, request);
        }
      } catch (RuntimeException e) {
        LOG.error("Handling an answer of {} failed", address, e);
      }
    }
    if (leaving) {
      closeIfEmpty();
    }
  }

  private void receive(Envelope envelope, Outgoing request) {
    ResponseEnvelope response;
    try {
      response = ResponseCodec.decodePacked(envelope);
    } catch (ProtocolException e) {
      request.onFailure(
          new ProtocolErrorException("Malformed: " + e.getMessage(), address, e), true);
      return;
    }
    request.onResponse(this, response);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!waiting.isEmpty()) {
      sendWaiting();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && !waiting.isEmpty()) {
      sendWaiting();
    }
  }

  // ---- deadlines

  private void sweepAt(long deadline) {
    if (deadline < nextSweep) {
      nextSweep = deadline;
      channel.eventLoop().schedule(this::sweep, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  /** Ends the waiting of those whose deadline has passed. One sweep serves many requests. */
  private void sweep() {
    long now = System.nanoTime();
    if (now - nextSweep < 0) {
      return;
    }
    nextSweep = Outgoing.NEVER;
    long next = Outgoing.NEVER;
    for (int stream = 0; stream < streams.size(); stream++) {
      Outgoing request = streams.get(stream);
      if (request != null && !(request instanceof Marker) && request.deadline != Outgoing.NEVER) {
        if (now - request.deadline >= 0) {
          streams.replace(stream, ORPHAN);
          orphans++;
          request.onTimeout();
        } else {
          next = Math.min(next, request.deadline);
        }
      }
    }
    next = Math.min(next, waiting.expire(now, this::expired));
    sweepAt(next);
    if (orphans > settings.maxOrphans() && !leaving) {
      LOG.info("Too many answers of {} are missing: the connection is replaced", address);
      leaving = true;
      onLeave.accept(this);
      // Those that were never answered would hold it open for ever.
      fail(new ConnectionException("Too many answers are missing", address, true, null));
    }
  }

  private void expired(Outgoing request) {
    LOAD.getAndAdd(this, -1);
    request.onTimeout();
  }

  // ---- life

  /** Version 5 puts everything behind the answer to STARTUP into segments. */
  void startup(Compression compression) {
    if (version.atLeast(ProtocolVersion.V5)) {
      reader.useSegments(compression);
      writer.useSegments(compression);
    } else {
      reader.useCompression(compression);
      writer.useCompression(compression);
    }
  }

  /** Asks for a sign of life whenever nothing has come for the interval. */
  void startHeartbeat() {
    long interval = settings.heartbeatInterval().toNanos();
    if (interval > 0) {
      channel.eventLoop().schedule(this::heartbeat, interval, TimeUnit.NANOSECONDS);
    }
  }

  private void heartbeat() {
    if (incoming.isClosed()) {
      return;
    }
    if (!answeredSinceHeartbeat) {
      Call.options(this, settings.heartbeatTimeout())
          .whenComplete(
              (response, error) -> {
                if (error != null) {
                  fail(new ConnectionException("No sign of life", address, true, error));
                }
              });
    }
    answeredSinceHeartbeat = false;
    startHeartbeat();
  }

  private void fail(Throwable cause) {
    if (closeCause == null) {
      closeCause = cause;
    }
    channel.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    reader.close();
    ConnectionException sent = new ConnectionException(closeMessage(), address, true, closeCause);
    failAll(incoming.close(), closed());
    Outgoing unsent = waiting.take();
    for (int stream = 0; stream < streams.size(); stream++) {
      Outgoing request = streams.get(stream);
      if (request != null) {
        streams.free(stream);
        LOAD.getAndAdd(this, -1);
        if (!(request instanceof Marker)) {
          request.onFailure(sent, true);
        }
      }
    }
    failAll(unsent, closed());
    onClose.accept(this);
  }

  private String closeMessage() {
    return closeCause == null
        ? "The connection was closed"
        : "The connection failed: " + closeCause.getMessage();
  }

  private ConnectionException closed() {
    return new ConnectionException(closeMessage(), address, false, closeCause);
  }

  private void failAll(Outgoing requests, ConnectionException error) {
    Outgoing request = requests;
    while (request != null) {
      Outgoing following = request.next;
      request.next = null;
      LOAD.getAndAdd(this, -1);
      request.onFailure(error, false);
      request = following;
    }
  }

  @Override
  public String toString() {
    return address + " v" + version.number();
  }
}

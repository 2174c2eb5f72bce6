package io.ilion.server.netty;

import io.ilion.protocol.Compression;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.Event;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.ResponseWriter;
import io.ilion.runtime.Clock;
import io.ilion.server.ClientState;
import io.ilion.server.CqlService;
import io.ilion.server.Exchange;
import io.ilion.server.connection.ConnectionEffects;
import io.ilion.server.connection.ConnectionProtocol;
import io.ilion.server.connection.ServerOptions;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket of one client. Bytes that arrive together become one burst of requests; their answers
 * take the way that {@link AnswerChannel} is, on which any thread may write. All else is owned by
 * the connection's lane.
 *
 * <p>Reading stops while the connection or the node has too many requests without an answer, and
 * while the client does not take its answers; so both are bounded.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // A write or close that fails closes the channel, which is seen.
final class ClientConnection extends AnswerChannel implements ConnectionEffects {
  private static final Logger LOGGER = LoggerFactory.getLogger(ClientConnection.class);

  /** So many requests are given to the service at once, before the effect of them is seen. */
  private static final int MAX_BURST = 64;

  /** What an answer is taken to be as long as none has been seen. */
  private static final long FIRST_RESPONSE_BYTES = 2048;

  /** What a connection may hold in buffers without being counted with the others. */
  private static final long FREE_BUFFER_BYTES = 8 << 10;

  private static final long BUDGET_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final int PAUSED_BY_REQUESTS = 1;
  private static final int PAUSED_BY_BUDGET = 2;
  private static final int PAUSED_BY_READER = 4;
  private static final int PAUSED_BY_LOAD = 8;

  private final Clock clock;
  private final ConnectionLimits limits;
  private final CqlService service;
  private final RequestBudget addressBudget;
  private final ConnectionProtocol protocol;
  private final Runnable onClosed;

  /** Null if the connection is not encrypted. */
  private TlsHandler encryption;

  /** Told why encryption could not be agreed on, or broke. */
  private Consumer<Throwable> onFailedEncryption;

  private EnvelopeReader reader;
  private RequestBudget.Both budgets;
  private ConnectionDeadlines deadlines;
  private List<Exchange> burst = new ArrayList<>();
  private int requestCount;
  private long requestBytes;

  /** What is counted in the budget of buffers. */
  private long heldBytes;

  private boolean isDropped;

  /** A moving average: what requests without an answer will probably bring. */
  private long bytesPerResponse = FIRST_RESPONSE_BYTES;

  private int paused;

  /** How many requests were refused since the socket began to be read. */
  private int refused;

  /** The window of time in which that was the last time. */
  private int refusedWindow = -1;

  private boolean isRetryScheduled;
  private boolean closed;

  private boolean isLingering;

  /** Whether it is closed as soon as all requests have their answers. */
  private boolean isEnding;

  ClientConnection(
      ClientState client,
      LaneMailbox[] mailboxes,
      Clock clock,
      ConnectionLimits limits,
      CqlService service,
      RequestBudget addressBudget,
      ServerOptions options,
      Runnable onClosed) {
    super(client, mailboxes);
    this.clock = clock;
    this.limits = limits;
    this.service = service;
    this.addressBudget = addressBudget;
    this.protocol = new ConnectionProtocol(options, client, this);
    this.onClosed = onClosed;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    super.handlerAdded(ctx);
    reader = new EnvelopeReader(ctx.alloc(), limits.maxFrameBytes(), this::hasRoomForLarge);
  }

  /**
   * The client has begun to talk TLS.
   *
   * @param onFailure told why that came to nothing, if it does
   */
  void encryptBy(TlsHandler handler, Consumer<Throwable> onFailure) {
    encryption = handler;
    onFailedEncryption = onFailure;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent end) {
      if (end.isSuccess()) {
        SSLSession session = encryption.engine().getSession();
        client.encrypt(new ClientState.Encrypted(session.getProtocol(), session.getCipherSuite()));
      } else {
        onFailedEncryption.accept(end.cause());
      }
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    deadlines = new ConnectionDeadlines(limits, clock.nanoTime());
    mailbox.connections().add(this);
    budgets = new RequestBudget.Both(mailbox.openShare(addressBudget), mailbox.budget());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!closed) {
      closed = true;
      mailbox.connections().remove(this);
      reader.close();
      mailbox.buffers().add(-heldBytes);
      heldBytes = 0;
      for (Exchange exchange : burst) {
        budgets.release(RequestBudget.cost(exchange));
      }
      answered(burst.size());
      burst = new ArrayList<>();
      mailbox.closeShare(addressBudget);
      onClosed.run();
      if (client.isReady()) {
        service.closed(client);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
      LOGGER.debug("connection {} from {} broke", client.id(), client.remoteAddress(), cause);
    } else {
      LOGGER.warn("connection {} from {} failed", client.id(), client.remoteAddress(), cause);
    }
    ctx.close();
  }

  // ---- requests

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (isLingering || closed || isDropped) {
      bytes.release();
      return;
    }
    reader.feed(bytes);
    decode();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (isLingering || closed || isDropped) {
      return;
    }
    deadlines.read(clock.nanoTime(), paused == 0 && reader.isInsideFrame());
    submit();
    countBuffers();
    pauseIfRefused();
  }

  /**
   * Who is refused hears of it at once, not when the lane has done what it has accepted. But what
   * it sends is not read all the time: others have their turn first.
   */
  private void pauseIfRefused() {
    if (refused == 0) {
      return;
    }
    refusedWindow = mailbox.admission().refused(refusedWindow);
    service.refused(refused);
    refused = 0;
    deliverOwn();
    if (isLingering || closed) {
      return;
    }
    long until = clock.nanoTime() + LaneAdmission.PAUSE_NANOS;
    pause(PAUSED_BY_LOAD);
    // Behind what is to be done in this turn, which may take longer than the pause.
    mailbox.lane().execute(() -> resumeAt(until));
  }

  private void resumeAt(long nanos) {
    long wait = nanos - clock.nanoTime();
    if (wait > 0) {
      mailbox.lane().schedule(wait, () -> resume(PAUSED_BY_LOAD));
    } else {
      resume(PAUSED_BY_LOAD);
    }
  }

  /** Counts the buffers that this connection holds; if all hold too much, the largest go. */
  private void countBuffers() {
    long now = reader.bufferedBytes() + pendingBytes();
    if (encryption != null) {
      now += encryption.bufferedBytes();
    }
    if (now <= FREE_BUFFER_BYTES) {
      now = 0;
    }
    long more = now - heldBytes;
    if (more == 0 || closed || isDropped) {
      return;
    }
    heldBytes = now;
    mailbox.buffers().add(more);
    if (more > 0 && mailbox.buffers().isExceeded()) {
      mailbox.closeLargest();
    }
  }

  /** The bytes of the buffers that it holds, if they are many. */
  long heldBytes() {
    return heldBytes;
  }

  /** Closes the connection because all together hold too much, and this one the most. */
  void closeForMemory() {
    isDropped = true;
    mailbox.buffers().add(-heldBytes);
    closeFor("holds " + heldBytes + " bytes of the buffers that all connections share");
    heldBytes = 0;
  }

  /** Turns the bytes that have arrived into requests, as long as more of them are welcome. */
  private void decode() {
    while (paused == 0 && !protocol.isClosed()) {
      RequestEnvelope request;
      try {
        Envelope envelope = reader.next();
        if (envelope == null) {
          if (reader.isHeldBack()) {
            pause(PAUSED_BY_BUDGET);
          }
          return;
        }
        deadlines.frameEnded();
        if (isTooMuch() && protocol.wouldExecute(envelope.header())) {
          protocol.refuseOverloaded(envelope.header().stream());
          if (++refused >= mailbox.admission().mostRefused()) {
            pause(PAUSED_BY_LOAD);
          }
          continue;
        }
        request = RequestCodec.decode(envelope);
      } catch (ProtocolException e) {
        protocol.fail(e);
        continue;
      }
      protocol.receive(request);
    }
    reader.releaseTaken();
  }

  /**
   * Whether one more request is refused, which its header is enough for: that takes a small part of
   * what the request would. It is also when those before it have been answered meanwhile: they had
   * this connection's turn.
   */
  private boolean isTooMuch() {
    return refused > 0 || mailbox.admission().refuses(requestCount);
  }

  /**
   * Each request is executed that has been read, also beyond the budget. For large ones that would
   * be too much, as there may be one of each connection: they wait for room before they are opened.
   */
  private boolean hasRoomForLarge(int bytes) {
    return budgets.hasRoom(bytes);
  }

  @Override
  public void execute(RequestEnvelope request) {
    Exchange exchange = new Exchange(client, this, request);
    long cost = RequestBudget.cost(exchange);
    if (!budgets.tryAcquire(cost)) {
      if (protocol.throwsOnOverload()) {
        protocol.refuseOverloaded(request.stream());
        return;
      }
      // This one has been read already; it is executed, and no more are read for a while.
      budgets.acquire(cost);
      pause(PAUSED_BY_BUDGET);
    }
    mailbox.admission().accepted();
    requestCount++;
    requestBytes += cost;
    burst.add(exchange);
    if (expectedResponseBytes() > limits.maxResponseBytesPerConnection() / 2) {
      pause(PAUSED_BY_REQUESTS);
    }
    if (burst.size() >= MAX_BURST) {
      submit();
    }
  }

  /** What the requests without an answer will probably bring. */
  private long expectedResponseBytes() {
    return requestCount * bytesPerResponse;
  }

  private void submit() {
    if (burst.isEmpty()) {
      return;
    }
    List<Exchange> submitted = burst;
    burst = new ArrayList<>();
    client.countRequests(submitted.size());
    mailbox.submitting(true);
    try {
      service.execute(submitted);
    } catch (RuntimeException e) {
      LOGGER.error("a burst of {} requests failed", submitted.size(), e);
      context.close();
    } finally {
      mailbox.submitting(false);
    }
  }

  private void pause(int reason) {
    if (paused == 0) {
      context.channel().config().setAutoRead(false);
      deadlines.frameEnded();
    }
    paused |= reason;
    if (reason == PAUSED_BY_BUDGET) {
      scheduleRetry();
    }
  }

  /** Others may make room in a budget, and nobody tells of it. */
  private void scheduleRetry() {
    if (!isRetryScheduled) {
      isRetryScheduled = true;
      mailbox
          .lane()
          .schedule(
              BUDGET_RETRY_NANOS,
              () -> {
                isRetryScheduled = false;
                retryBudget();
              });
    }
  }

  private void retryBudget() {
    if ((paused & PAUSED_BY_BUDGET) == 0 || closed || isLingering) {
      return;
    }
    if (budgets.tryAcquire(RequestBudget.OVERHEAD)) {
      budgets.release(RequestBudget.OVERHEAD);
      resume(PAUSED_BY_BUDGET);
    } else {
      scheduleRetry();
    }
  }

  /** Reads on, but as a task of its own: whoever calls may be in the middle of an answer. */
  private void resumeSoon(int reason) {
    mailbox.lane().execute(() -> resume(reason));
  }

  private void resume(int reason) {
    if ((paused & reason) == 0 || closed || isLingering) {
      return;
    }
    if (reason == PAUSED_BY_READER && !context.channel().isWritable()) {
      return;
    }
    paused &= ~reason;
    if (paused == 0) {
      decode();
      deadlines.read(clock.nanoTime(), paused == 0 && reader.isInsideFrame());
      submit();
      pauseIfRefused();
      if (paused == 0 && !isLingering) {
        context.channel().config().setAutoRead(true);
      }
      closeIfIdle();
    }
  }

  // ---- answers

  @Override
  void settle(int requests, long bytes) {
    budgets.release(bytes);
    requestBytes -= bytes;
    answered(requests);
  }

  @Override
  void deliver(ByteBuf buffer, int requests, long bytes) {
    settle(requests, bytes);
    if (requests > 0) {
      bytesPerResponse += (buffer.readableBytes() / requests - bytesPerResponse) / 8;
    }
    if (closed || isLingering || isDropped) {
      buffer.release();
      return;
    }
    if (pendingBytes() > limits.maxResponseBytesPerConnection()) {
      LOGGER.info(
          "connection {} from {} does not take its answers", client.id(), client.remoteAddress());
      buffer.release();
      context.close();
      return;
    }
    write(buffer);
    countBuffers();
    if (isDropped) {
      return;
    }
    if ((paused & PAUSED_BY_BUDGET) != 0 && requestCount == 0) {
      mailbox.lane().execute(this::retryBudget);
    }
    if ((paused & PAUSED_BY_REQUESTS) != 0
        && expectedResponseBytes() <= limits.maxResponseBytesPerConnection() / 4) {
      resumeSoon(PAUSED_BY_REQUESTS);
    }
    closeIfIdle();
  }

  private void answered(int requests) {
    if (requests > 0) {
      requestCount -= requests;
      mailbox.admission().answered(requests);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      resumeSoon(PAUSED_BY_READER);
    } else if ((paused & PAUSED_BY_READER) == 0) {
      deadlines.stalled(clock.nanoTime(), pendingBytes());
      pause(PAUSED_BY_READER);
    }
  }

  // ---- what the state machine wants

  @Override
  public void send(ResponseEnvelope response) {
    ResponseCodec.encode(response, open());
    completeOwn();
  }

  @Override
  public void refuseVersion(ProtocolException refusal) {
    ResponseWriter.writeVersionRefusal(open(), refusal);
    completeOwn();
  }

  @Override
  public void useFraming(ProtocolVersion version, Compression compression) {
    writeOwn();
    if (version.atLeast(ProtocolVersion.V5)) {
      reader.useSegments(compression);
      writer.useSegments(compression);
    } else {
      reader.useCompression(compression);
      writer.useCompression(compression);
    }
  }

  /**
   * Sends what is there and then no more, but goes on taking bytes until the client has closed its
   * side or some seconds have passed: closing at once would reset the connection, and the client
   * might never see why.
   */
  @Override
  public void close() {
    if (closed || isLingering) {
      return;
    }
    writeOwn();
    isLingering = true;
    deadlines.lingers(clock.nanoTime());
    reader.close();
    context
        .writeAndFlush(context.alloc().buffer(0))
        .addListener(
            (ChannelFutureListener)
                future -> {
                  if (!future.isSuccess()) {
                    future.channel().close();
                  } else if (encryption == null) {
                    ((DuplexChannel) future.channel()).shutdownOutput();
                  } else {
                    endEncryption();
                  }
                });
    context.channel().config().setAutoRead(true);
  }

  /** Says within TLS, too, that no more comes: without that, who listens takes it for an attack. */
  private void endEncryption() {
    DuplexChannel channel = (DuplexChannel) context.channel();
    encryption.closeOutbound().addListener(said -> channel.shutdownOutput());
  }

  /** From now on clients are told to ask other nodes. */
  void refuseRequests() {
    protocol.refuseRequests();
  }

  /** Whether the client was told so. */
  boolean hasRefused() {
    return protocol.hasRefused();
  }

  /** Closes the connection as soon as all its requests have their answers. */
  void closeWhenIdle() {
    isEnding = true;
    closeIfIdle();
  }

  private void closeIfIdle() {
    if (isEnding && requestCount == 0 && paused == 0) {
      close();
    }
  }

  void notice(Event event) {
    protocol.notice(event);
  }

  /** Closes the connection at once, from any thread. */
  void closeNow() {
    context.close();
  }

  // ---- time

  /** Closes the connection if it has taken too long about something. */
  void checkDeadlines(long nanos) {
    countBuffers();
    if (isDropped) {
      return;
    }
    if (isLingering) {
      if (deadlines.hasLingered(nanos)) {
        context.close();
      }
      return;
    }
    long untaken = (paused & PAUSED_BY_READER) != 0 ? pendingBytes() : -1;
    boolean idle = paused == 0 && requestBytes == 0;
    String missed = deadlines.missed(nanos, protocol.isReady(), untaken, idle);
    if (missed != null) {
      closeFor(missed);
    }
  }

  private void closeFor(String reason) {
    LOGGER.info("connection {} from {} {}", client.id(), client.remoteAddress(), reason);
    context.close();
  }
}

package io.ilion.server.netty;

import io.ilion.protocol.EnvelopeWriter;
import io.ilion.server.ClientState;
import io.ilion.server.Exchange;
import io.ilion.server.ResponseSink;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of answers to the socket of one client. Any lane writes them in place into a buffer that
 * it has for this connection; at the end of that lane's turn they are delivered to the connection's
 * lane, framed and written there, and flushed together. What is no lane has a buffer for each
 * answer.
 *
 * <p>A connection extends this, rather than having one, so that an answer takes no step more.
 */
abstract class AnswerChannel extends ChannelInboundHandlerAdapter implements ResponseSink {
  private static final Logger LOGGER = LoggerFactory.getLogger(AnswerChannel.class);

  /** Answers that make up so many bytes go on their way before the turn ends. */
  private static final int MAX_GATHERED_BYTES = 256 << 10;

  static final int FIRST_BUFFER_BYTES = 4096;

  final ClientState client;

  /** That of the connection's lane. */
  final LaneMailbox mailbox;

  ChannelHandlerContext context;
  EnvelopeWriter writer;

  private final LaneMailbox[] mailboxes;

  /** What each lane has written during its turn; each is its lane's own. */
  private final LaneMailbox.Slot[] slots;

  private boolean isUnflushed;

  AnswerChannel(ClientState client, LaneMailbox[] mailboxes) {
    this.client = client;
    this.mailboxes = mailboxes;
    this.mailbox = mailboxes[client.lane()];
    this.slots = new LaneMailbox.Slot[mailboxes.length];
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    writer = new EnvelopeWriter(ctx.alloc());
  }

  /** The lane that owns the connection. */
  final int lane() {
    return client.lane();
  }

  // ---- on any lane

  @Override
  public final ByteBuf open() {
    int current = Lanes.current();
    if (current < 0) {
      return context.alloc().buffer(FIRST_BUFFER_BYTES);
    }
    LaneMailbox.Slot slot = slot(current);
    if (slot.buffer != null && slot.buffer.readableBytes() > MAX_GATHERED_BYTES) {
      mailboxes[current].sendAhead(slot);
    }
    if (slot.buffer == null) {
      slot.buffer = context.alloc().buffer(slot.firstBytes);
    }
    return slot.buffer;
  }

  private LaneMailbox.Slot slot(int lane) {
    LaneMailbox.Slot slot = slots[lane];
    if (slot == null) {
      slot = new LaneMailbox.Slot(this);
      slots[lane] = slot;
    }
    return slot;
  }

  @Override
  public final void abandon(ByteBuf buffer) {
    int current = Lanes.current();
    if (current < 0) {
      buffer.release();
    } else if (!buffer.isReadable()) {
      slots[current].buffer = null;
      buffer.release();
    }
  }

  @Override
  public final void complete(ByteBuf buffer, Exchange exchange) {
    int current = Lanes.current();
    long cost = RequestBudget.cost(exchange);
    if (current < 0) {
      mailbox.lane().execute(() -> deliverAlone(buffer, cost));
      return;
    }
    LaneMailbox.Slot slot = slots[current];
    slot.requests++;
    slot.bytes += cost;
    mailboxes[current].markWritten(slot);
    mailboxes[current].answered();
  }

  // ---- on the connection's lane

  /** So many requests have their answers; what they had taken of budgets is free again. */
  abstract void settle(int requests, long bytes);

  /** Takes answers, which have to be {@link #write written} or released. */
  abstract void deliver(ByteBuf buffer, int requests, long bytes);

  private void deliverAlone(ByteBuf buffer, long cost) {
    deliver(buffer, 1, cost);
    flush();
  }

  /** Something was written into {@link #open} on this lane that is the answer to no request. */
  final void completeOwn() {
    mailbox.markWritten(slots[lane()]);
  }

  /** Sends what this lane has written so far on its way, not only at the end of the turn. */
  final void deliverOwn() {
    LaneMailbox.Slot slot = slots[lane()];
    if (slot != null && slot.buffer != null) {
      mailbox.sendAhead(slot);
    }
  }

  /** Gives what this lane has written so far to the channel, in the present framing. */
  final void writeOwn() {
    LaneMailbox.Slot slot = slots[lane()];
    if (slot != null && slot.buffer != null) {
      ByteBuf buffer = slot.takeBuffer();
      settle(slot.requests, slot.bytes);
      slot.requests = 0;
      slot.bytes = 0;
      write(buffer);
    }
  }

  /** Frames answers and gives them to the channel; they are flushed before the turn ends. */
  final void write(ByteBuf envelopes) {
    ByteBuf framed;
    try {
      framed = writer.write(envelopes);
    } catch (RuntimeException | OutOfMemoryError e) {
      // No memory for network buffers, most likely. The answers are lost, so the client has to know
      // that it gets none; those for other connections, which leave in the same turn, go on.
      LOGGER.warn("connection {} from {} failed", client.id(), client.remoteAddress(), e);
      context.close();
      return;
    }
    context.write(framed, context.voidPromise());
    if (!isUnflushed) {
      isUnflushed = true;
      mailbox.markUnflushed(this);
    }
  }

  /** Sends what was written, if anything was. */
  final void flush() {
    if (isUnflushed) {
      isUnflushed = false;
      context.flush();
    }
  }

  /** The bytes that the client has not taken yet. */
  final long pendingBytes() {
    ChannelOutboundBuffer outbound = context.channel().unsafe().outboundBuffer();
    return outbound == null ? 0 : outbound.totalPendingWriteBytes();
  }
}

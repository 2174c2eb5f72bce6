package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.EnvelopeHeader;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.server.ClientState;
import io.ilion.server.CqlService;
import io.ilion.server.Exchange;
import io.ilion.server.config.Encryption;
import io.ilion.server.connection.ServerOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that send a lane more than it can do, whatever it answers, in virtual time: a request
 * takes as long as a test says, and so do its way in and the way of answers out.
 */
class OverloadedLaneTest {
  private static final long SECOND = 1_000_000_000L;

  /** To read one request and to take it apart, or to refuse it. */
  private static final long READ_NANOS = 300;

  /** To give the kernel what is written to a connection. */
  private static final long FLUSH_NANOS = 5_000;

  private static final int CONNECTIONS = 16;
  private static final int STREAMS = 1 << 15;
  private static final int MOST_BYTES_AT_ONCE = 4 * (64 << 10);

  /** It takes a while until the lane is known to lag. */
  private static final long WARM_NANOS = 2 * SECOND;

  private static final long RUN_NANOS = 3 * SECOND;

  /** How much longer than at the limit of the lane something may take beyond that. */
  private static final int MULTIPLE = 4;

  /**
   * What became of the requests that were answered when it was known that the lane lags.
   *
   * @param goodput the part of the time that was spent on what was accepted
   * @param accepted the nanoseconds from when it was sent that all but a hundredth took at most
   * @param refused the same of what was refused
   */
  private record Outcome(double goodput, long accepted, long refused, int refusals) {}

  /** A lane that is not there: tasks take the time that they say. */
  private static final class World implements Lane, Clock, CqlService {
    private record Later(long due, long number, Runnable task) {}

    private final long workNanos;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Later> later =
        new PriorityQueue<>(
            (a, b) ->
                a.due != b.due ? Long.compare(a.due, b.due) : Long.compare(a.number, b.number));
    private final List<Line> lines = new ArrayList<>();
    private long nanos = 1;
    private long number;

    World(long workNanos) {
      this.workNanos = workNanos;
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      Later scheduled = new Later(nanos + delayNanos, number++, task);
      later.add(scheduled);
      return () -> later.remove(scheduled);
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public long wallMicros() {
      return 0;
    }

    @Override
    public void execute(List<Exchange> burst) {
      tasks.add(
          () -> {
            for (Exchange exchange : burst) {
              nanos += workNanos;
              exchange.respondVoid();
            }
          });
    }

    /** One turn as an event loop has them: sockets first, then all that is to be done. */
    void turn() {
      boolean isIdle = true;
      for (Line line : lines) {
        isIdle &= !line.read();
      }
      while (!later.isEmpty() && later.peek().due <= nanos) {
        tasks.add(later.poll().task);
      }
      isIdle &= tasks.isEmpty();
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
      if (isIdle) {
        nanos += 10_000;
      }
    }
  }

  /** A connection: what its client has sent and has not been read, and what is under way. */
  private static final class Line {
    private static final ByteBuf FRAME = frame(0);

    private final World world;
    private final EmbeddedChannel channel;
    private final long[] sent = new long[STREAMS];
    private final Queue<Integer> unread = new ArrayDeque<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final List<Long> accepted;
    private final List<Long> refused;

    Line(World world, ClientConnection connection, List<Long> accepted, List<Long> refused) {
      this.world = world;
      this.accepted = accepted;
      this.refused = refused;
      channel = new EmbeddedChannel(connection);
      channel.config().setWriteBufferWaterMark(CqlListener.WATER_MARK);
      ByteBuf startup = Unpooled.buffer();
      RequestCodec.encode(
          new RequestEnvelope(
              ProtocolVersion.V4,
              0,
              false,
              null,
              new Request.Startup(Map.of("CQL_VERSION", "3.0.0")),
              0),
          startup);
      channel.writeInbound(startup);
      world.turn();
      ((ByteBuf) channel.readOutbound()).release();
      for (int i = 0; i < STREAMS; i++) {
        free.add(i);
      }
    }

    private static ByteBuf frame(int stream) {
      ByteBuf out = Unpooled.buffer();
      Request query = new Request.Query("work", QueryParameters.of(Consistency.ONE));
      RequestCodec.encode(
          new RequestEnvelope(ProtocolVersion.V4, stream, false, null, query, 0), out);
      return out;
    }

    void send(long due) {
      assertThat(free).as("streams, as answers do not come").isNotEmpty();
      int stream = free.remove();
      sent[stream] = due;
      unread.add(stream);
    }

    boolean read() {
      take();
      if (unread.isEmpty() || !channel.config().isAutoRead()) {
        return false;
      }
      ByteBuf bytes = Unpooled.buffer();
      while (bytes.readableBytes() < MOST_BYTES_AT_ONCE && !unread.isEmpty()) {
        bytes.writeBytes(FRAME, 0, FRAME.readableBytes());
        bytes.setShort(bytes.writerIndex() - FRAME.readableBytes() + 2, unread.poll());
        world.nanos += READ_NANOS;
      }
      channel.writeInbound(bytes);
      take();
      return true;
    }

    /** Takes the answers that have been flushed. */
    void take() {
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        world.nanos += FLUSH_NANOS;
        while (out.isReadable()) {
          int stream = out.getShort(out.readerIndex() + 2);
          boolean isError = out.getByte(out.readerIndex() + 4) == Opcode.ERROR.code();
          (isError ? refused : accepted).add(world.nanos - sent[stream]);
          free.add(stream);
          out.skipBytes(EnvelopeHeader.LENGTH + out.getInt(out.readerIndex() + 5));
        }
        out.release();
      }
    }
  }

  /** Sends for some seconds as many times what the lane can do, then waits for all answers. */
  private static Outcome run(long workNanos, int load) {
    World world = new World(workNanos);
    LaneMailbox[] mailboxes = new LaneMailbox[1];
    ConnectionLimits limits = ConnectionLimits.defaults();
    RequestBudget budget = new RequestBudget(limits.maxRequestBytes(), 1);
    mailboxes[0] =
        new LaneMailbox(
            world,
            mailboxes,
            budget,
            new BufferBudget(limits.maxBufferBytes()),
            new LaneAdmission(world, world, limits.maxRequests()),
            world);
    List<Long> accepted = new ArrayList<>();
    List<Long> refused = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      ClientConnection connection =
          new ClientConnection(
              new ClientState(i, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), 0),
              mailboxes,
              world,
              limits,
              world,
              budget,
              new ServerOptions("3.4.7", 1, 0, Encryption.NONE),
              () -> {});
      world.lines.add(new Line(world, connection, accepted, refused));
    }
    long gapNanos = workNanos / load;
    long begin = world.nanos;
    int sent = 0;
    int fromAccepted = 0;
    int fromRefused = 0;
    while (world.nanos - begin < RUN_NANOS) {
      for (; sent * gapNanos <= world.nanos - begin; sent++) {
        world.lines.get(sent % CONNECTIONS).send(begin + sent * gapNanos);
      }
      if (world.nanos - begin < WARM_NANOS) {
        fromAccepted = accepted.size();
        fromRefused = refused.size();
      }
      world.turn();
    }
    final List<Long> answered = sorted(accepted, fromAccepted);
    final List<Long> turnedAway = sorted(refused, fromRefused);
    for (int turns = 0; accepted.size() + refused.size() < sent; turns++) {
      assertThat(turns).as("turns until all of %d have their answers", sent).isLessThan(100_000);
      world.turn();
    }
    world.lines.forEach(line -> line.channel.finishAndReleaseAll());
    return new Outcome(
        (double) answered.size() * workNanos / (RUN_NANOS - WARM_NANOS),
        percentile(answered),
        percentile(turnedAway),
        turnedAway.size());
  }

  private static List<Long> sorted(List<Long> all, int from) {
    return all.subList(from, all.size()).stream().sorted().toList();
  }

  private static long percentile(List<Long> sorted) {
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() * 99 / 100);
  }

  /** On a thread that is a lane's, as answers are written in place there. */
  private static Outcome runOnLane(long workNanos, int load) {
    try (Lanes lanes = new Lanes(1, 1)) {
      return CompletableFuture.supplyAsync(() -> run(workNanos, load), lanes.lane(0)::execute)
          .join();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {12_000, 100_000})
  void whatIsAcceptedDoesNotWaitLong(long workNanos) {
    Outcome full = runOnLane(workNanos, 1);
    for (int load : new int[] {3, 10}) {
      String what = load + " times what the lane can do";
      Outcome outcome = runOnLane(workNanos, load);
      assertThat(outcome.accepted).as(what).isLessThan(MULTIPLE * full.accepted);
      assertThat(outcome.refused).as(what).isLessThan(MULTIPLE * full.accepted);
      assertThat(outcome.refusals).as(what).isPositive();
      assertThat(outcome.goodput).as(what).isGreaterThan(0.7 * full.goodput);
    }
  }
}

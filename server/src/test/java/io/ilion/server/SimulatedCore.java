package io.ilion.server;

import io.ilion.gossip.CopyRunsException;
import io.ilion.model.Consistency;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.Event;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.metrics.Pool;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A node without a process: its core on a simulated machine, with one client. */
final class SimulatedCore implements NodeHost {
  static final int LANES = 2;

  /** What a request is taken to have. */
  private static final int REQUEST_BYTES = 100;

  private final Scheduler scheduler;
  private final NodeCore core;
  private final ClientState client;
  private final List<Event> events = new ArrayList<>();
  private final CompletionStage<Void> started;
  private boolean serving = true;
  private CopyRunsException stopped;

  /** Begins to start a node on a machine. */
  SimulatedCore(SimulatedNode machine, Config config) throws IOException {
    NodeRuntime runtime = machine.start(LANES);
    scheduler = runtime.scheduler();
    client = new ClientState(1, nativeAddress(), 0);
    core =
        NodeCore.open(
            config,
            runtime,
            this,
            failure -> {
              if (!(failure instanceof CopyRunsException gaveWay)) {
                throw new AssertionError(failure);
              }
              stopped = gaveWay;
              machine.kill();
            });
    started = core.start().thenRun(() -> core.setServing(true));
  }

  /** A small node, alone. */
  static Config config() {
    return Config.defaults(LANES)
        .with(Settings.DATA_DIRECTORY, "node")
        .with(Settings.MEMTABLE_HEAP_SPACE, 4L << 20)
        .with(Settings.FILE_CACHE_SIZE, 1L << 20)
        .with(Settings.DISK_FREE_RESERVE, 0L);
  }

  /** Completes when the node may be asked. */
  CompletionStage<Void> started() {
    return started;
  }

  NodeCore core() {
    return core;
  }

  /** Why the node ended by itself, or null. */
  CopyRunsException stopped() {
    return stopped;
  }

  /** Does something later, if the node runs until then. */
  void later(long nanos, Runnable task) {
    scheduler.lane(0).schedule(nanos, task);
  }

  /** Whether clients would be let in. */
  boolean isServing() {
    return serving;
  }

  @Override
  public void stopServing() {
    serving = false;
  }

  @Override
  public void setServing(boolean isServing) {
    serving = isServing;
  }

  /** What clients that listen would have been told. */
  List<Event> events() {
    return events;
  }

  /** Executes a statement; completes with its answer, which may be an error. */
  CompletionStage<Response> ask(String cql, Consistency level) {
    return ask(cql, QueryParameters.of(level).withMetadata());
  }

  /** As above, with parameters. */
  CompletionStage<Response> ask(String cql, QueryParameters parameters) {
    return ask(new Request.Query(cql, parameters));
  }

  /** Executes a request. */
  CompletionStage<Response> ask(Request request) {
    return ask(ProtocolVersion.V4, request);
  }

  /** Executes a request of a version; its answer is read from the bytes of that version. */
  CompletionStage<Response> ask(ProtocolVersion version, Request request) {
    return answer(new RequestEnvelope(version, 1, false, null, request, REQUEST_BYTES))
        .thenApply(ResponseEnvelope::message);
  }

  /** Executes a request that is to be traced. */
  CompletionStage<ResponseEnvelope> trace(Request request) {
    return answer(new RequestEnvelope(ProtocolVersion.V5, 1, true, null, request, REQUEST_BYTES));
  }

  private CompletionStage<ResponseEnvelope> answer(RequestEnvelope envelope) {
    CompletableFuture<ResponseEnvelope> answer = new CompletableFuture<>();
    List<Exchange> burst = List.of(new Exchange(client, new Sink(answer), envelope));
    scheduler.lane(0).execute(() -> core.service().execute(burst));
    return answer;
  }

  /** The values of the rows of an answer; fails if it is none. */
  static List<byte[][]> rows(Response response) {
    if (response instanceof Result.Rows rows) {
      return rows.rows();
    }
    throw new AssertionError("no rows: " + response);
  }

  private record Sink(CompletableFuture<ResponseEnvelope> answer) implements ResponseSink {
    @Override
    public ByteBuf open() {
      return Unpooled.buffer();
    }

    @Override
    public void abandon(ByteBuf buffer) {
      buffer.release();
    }

    @Override
    public void complete(ByteBuf buffer, Exchange exchange) {
      try (EnvelopeReader reader = new EnvelopeReader(UnpooledByteBufAllocator.DEFAULT, 1 << 28)) {
        reader.feed(buffer);
        answer.complete(ResponseCodec.decode(reader.next()));
      }
    }
  }

  @Override
  public int currentLane() {
    for (int i = 0; i < LANES; i++) {
      if (scheduler.lane(i).isCurrent()) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public InetSocketAddress nativeAddress() {
    return InetSocketAddress.createUnresolved("simulated", 9042);
  }

  @Override
  public void publish(Event event) {
    events.add(event);
  }

  @Override
  public List<ClientState> clients() {
    return List.of(client);
  }

  @Override
  public List<Pool> pools() {
    return List.of(new Pool("lane-0", -1, 1, -1, 0));
  }

  @Override
  public Properties properties() {
    return new Properties();
  }
}

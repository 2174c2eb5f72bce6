package io.ilion.server.netty;

import io.ilion.model.CqlException;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Opcode;
import io.ilion.protocol.Request;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import io.ilion.protocol.RowsWriter;
import io.ilion.server.ClientState;
import io.ilion.server.CqlService;
import io.ilion.server.Exchange;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers queries by what they say: {@code here}, {@code lane N}, {@code background}, {@code work
 * N} (takes the lane N microseconds), {@code hold} (answered by {@link #answerHeld}), {@code rows
 * N}, {@code fail}, {@code broken}.
 */
final class FakeService implements CqlService {
  static final RowsMetadata COLUMNS =
      new RowsMetadata(List.of(new ColumnSpec("ks", "t", "v", new ColumnType.Native(0x0D))));

  private final Lanes lanes;
  private final Executor background;
  final Queue<Exchange> held = new ConcurrentLinkedQueue<>();
  final Queue<ClientState> closedClients = new ConcurrentLinkedQueue<>();
  final AtomicInteger bursts = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();
  final AtomicInteger refused = new AtomicInteger();

  FakeService(Lanes lanes) {
    this.lanes = lanes;
    this.background = lanes.background();
  }

  @Override
  public void execute(List<Exchange> burst) {
    bursts.incrementAndGet();
    requests.addAndGet(burst.size());
    List<List<Exchange>> byLane = new ArrayList<>();
    for (int i = 0; i < lanes.laneCount(); i++) {
      byLane.add(new ArrayList<>());
    }
    for (Exchange exchange : burst) {
      String query = text(exchange);
      if (query.startsWith("hold")) {
        held.add(exchange);
      } else if (query.equals("background")) {
        background.execute(() -> answer(exchange));
      } else if (query.startsWith("lane ")) {
        byLane.get(Integer.parseInt(query.substring(5))).add(exchange);
      } else {
        answer(exchange);
      }
    }
    for (int i = 0; i < byLane.size(); i++) {
      List<Exchange> part = byLane.get(i);
      if (!part.isEmpty()) {
        lanes.lane(i).execute(() -> part.forEach(this::answer));
      }
    }
  }

  /** Answers all that are held, and says how many they were. */
  int answerHeld() {
    Queue<Exchange> taken = new ArrayDeque<>();
    for (Exchange e = held.poll(); e != null; e = held.poll()) {
      taken.add(e);
    }
    taken.forEach(this::answer);
    return taken.size();
  }

  private static String text(Exchange exchange) {
    return exchange.message() instanceof Request.Query query ? query.query() : "";
  }

  private void answer(Exchange exchange) {
    String query = text(exchange);
    if (query.startsWith("rows ")) {
      ByteBuf out = exchange.begin(Opcode.RESULT);
      RowsWriter rows = new RowsWriter(out, exchange.version(), COLUMNS, true, null);
      for (int i = Integer.parseInt(query.substring(5)); i > 0; i--) {
        rows.cell(("row " + i).getBytes(StandardCharsets.UTF_8));
        rows.endRow();
      }
      rows.finish(null);
      exchange.end(null, List.of("a warning"), null);
    } else if (query.startsWith("work ")) {
      long end = System.nanoTime() + 1_000 * Long.parseLong(query.substring(5));
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      exchange.respondVoid();
    } else if (query.equals("fail")) {
      exchange.fail(CqlException.invalid("as you wish"));
    } else if (query.equals("broken")) {
      ByteBuf out = exchange.begin(Opcode.RESULT);
      new RowsWriter(out, exchange.version(), COLUMNS, true, null).cell(new byte[1000]);
      exchange.fail(new IllegalStateException("half-way"));
    } else if (query.startsWith("use ")) {
      exchange.client().useKeyspace(query.substring(4));
      exchange.respond(new Result.SetKeyspace(query.substring(4)));
    } else {
      exchange.respondVoid();
    }
  }

  @Override
  public void refused(int requests) {
    refused.addAndGet(requests);
  }

  @Override
  public void closed(ClientState client) {
    closedClients.add(client);
  }
}

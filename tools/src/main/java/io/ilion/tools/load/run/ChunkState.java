package io.ilion.tools.load.run;

import io.ilion.tools.load.format.Chunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A chunk on its way: its rows in the form of the wire, and what is still to be acknowledged. */
final class ChunkState {
  private final LoadRun run;
  private final Chunk chunk;
  private final FilePlan plan;
  private final RowBuffer rows;
  private final List<BadRecords.Bad> bad = new ArrayList<>();
  private final AtomicInteger pending = new AtomicInteger(1);
  private final AtomicInteger loaded = new AtomicInteger();
  private final AtomicLong settled = new AtomicLong();

  ChunkState(LoadRun run, Chunk chunk, FilePlan plan, RowBuffer rows) {
    this.run = run;
    this.chunk = chunk;
    this.plan = plan;
    this.rows = rows;
  }

  Chunk chunk() {
    return chunk;
  }

  FilePlan plan() {
    return plan;
  }

  RowBuffer rows() {
    return rows;
  }

  int loaded() {
    return loaded.get();
  }

  synchronized List<BadRecords.Bad> badRecords() {
    return List.copyOf(bad);
  }

  /** One more request is on its way. */
  void begin() {
    pending.incrementAndGet();
  }

  /** A request, or the reading of the chunk, has ended. */
  void end() {
    if (pending.decrementAndGet() == 0) {
      run.settle(chunk.length() - settled.get());
      run.finished(this);
    }
  }

  void acknowledged(int count) {
    loaded.addAndGet(count);
    run.loaded.addAndGet(count);
    // Their share of the chunk: what is shown of a load does not wait for whole ones.
    long bytes = (long) chunk.length() * count / Math.max(1, rows.count());
    settled.addAndGet(bytes);
    run.settle(bytes);
  }

  /** A row was refused. */
  void refused(int row, String reason) {
    bad(rows.recordStart(row), rows.recordEnd(row), null, reason, false);
  }

  /** A record is bad; its place is one in the array of the chunk. */
  void bad(int from, int to, String column, String reason, boolean makesNoRow) {
    byte[] bytes = chunk.bytes();
    int end = to;
    while (end > from && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
      end--;
    }
    long line = chunk.line();
    for (int i = chunk.from(); i < from; i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    synchronized (this) {
      bad.add(
          new BadRecords.Bad(
              plan.source(), line, column, reason, Arrays.copyOfRange(bytes, from, end)));
    }
    run.countBad(makesNoRow);
  }
}

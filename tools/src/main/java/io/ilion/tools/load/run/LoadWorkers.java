package io.ilion.tools.load.run;

import io.ilion.driver.PreparedStatement;
import io.ilion.model.CqlException;
import io.ilion.server.cql.DetachedWrites;
import io.ilion.tools.load.format.Chunk;
import io.ilion.tools.load.offline.OfflineBuild;
import io.ilion.tools.load.offline.OfflineWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The threads that make rows of chunks and send them. Chunks wait in a short queue. */
public final class LoadWorkers {
  /**
   * How records become rows and rows requests.
   *
   * @param batching REPLICAS, PARTITION or OFF
   */
  public record Settings(
      Set<String> nullTexts,
      boolean nullTextsInQuotes,
      boolean unsetNulls,
      boolean allowExtra,
      boolean allowMissing,
      String batching,
      int batchRows,
      int batchBytes,
      boolean dryRun) {}

  /** What rows that wait to be sorted may take of the heap, in all. */
  private static final long OFFLINE_BYTES = Runtime.getRuntime().maxMemory() / 3;

  private record Work(Chunk chunk, FilePlan plan) {}

  private static final Work END = new Work(new Chunk(-1, new byte[0], 0, 0, 0, 0, 0, null), null);

  private final LoadRun run;
  private final Settings settings;
  private final RowSender sender;
  private final OfflineBuild offline;
  private final long offlineBytes;
  private final BlockingQueue<Work> queue;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Workers that are started with {@link #start}.
   *
   * @param offline takes the rows instead of the cluster; null if they are sent
   */
  public LoadWorkers(
      LoadRun run, Settings settings, RowSender sender, OfflineBuild offline, int count) {
    this.run = run;
    this.settings = settings;
    this.sender = sender;
    this.offline = offline;
    this.offlineBytes = OFFLINE_BYTES / count;
    this.queue = new ArrayBlockingQueue<>(Math.max(1, count));
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().name("ilion-load-" + i).daemon().unstarted(this::work));
    }
  }

  /** Begins. */
  public void start() {
    threads.forEach(Thread::start);
  }

  /** Gives a chunk to a worker. Waits while there are too many. */
  public void put(Chunk chunk, FilePlan plan) throws InterruptedException {
    run.admit(chunk);
    queue.put(new Work(chunk, plan));
  }

  /**
   * No more chunks will come; waits until all were sent.
   *
   * @param each is called from time to time meanwhile
   */
  public void finish(Runnable each) throws InterruptedException {
    while (!queue.offer(END, LoadRun.LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      each.run();
    }
    for (Thread thread : threads) {
      while (!thread.join(Duration.ofMillis(LoadRun.LOOK_MILLIS))) {
        each.run();
      }
    }
  }

  private void work() {
    RecordEncoder encoder =
        new RecordEncoder(
            settings.nullTexts(),
            settings.nullTextsInQuotes(),
            settings.unsetNulls(),
            settings.allowExtra(),
            settings.allowMissing());
    OfflineWriter writer = offline == null ? null : offline.writer(offlineBytes);
    try {
      while (true) {
        Work work = queue.take();
        if (work.plan() == null) {
          // For the next one, too.
          queue.put(work);
          if (writer != null && run.goesOn()) {
            writer.flush();
          }
          return;
        }
        if (run.goesOn()) {
          load(work, encoder, writer);
        } else {
          run.release(work.chunk());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      run.fail(e);
    } catch (IOException e) {
      run.fail(e);
    }
  }

  private void load(Work work, RecordEncoder encoder, OfflineWriter writer)
      throws InterruptedException {
    Chunk chunk = work.chunk();
    FilePlan plan = work.plan();
    ChunkState state =
        new ChunkState(run, chunk, plan, new RowBuffer(chunk.length() * 2, plan.rowMarkers()));
    try {
      int[] keyMarkers = plan.statement().partitionKeyMarkers();
      encoder.encode(state, keyMarkers);
      if (settings.dryRun()) {
        state.acknowledged(state.rows().count());
      } else if (writer != null) {
        write(state, writer);
      } else {
        String keyspace =
            plan.names().length == 0 ? null : plan.statement().variables().keyspace(0);
        new RowBatcher(
                RowBatcher.Kind.valueOf(settings.batching()),
                settings.batchRows(),
                settings.batchBytes(),
                keyspace)
            .send(state, sender, run.session.metadata(), keyMarkers.length > 0, run);
      }
    } catch (IOException | RuntimeException | Error e) {
      run.fail(e);
    } finally {
      state.end();
    }
  }

  private void write(ChunkState state, OfflineWriter writer) throws IOException {
    for (int row = 0; row < state.rows().count() && run.goesOn(); row++) {
      try {
        PreparedStatement prepared = state.plan().statement(state.rows().isStatic(row));
        DetachedWrites.Statement statement = offline.statement(prepared.text());
        writer.add(statement, state.rows().values(row, prepared.variables().size()));
        state.acknowledged(1);
      } catch (CqlException e) {
        state.refused(row, e.getMessage());
      }
    }
  }
}

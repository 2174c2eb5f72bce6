package io.ilion.storage.engine;

import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.TableWriter;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a source has, in the order of the ring, into files of a table, those of each lane
 * side by side. It runs in the background piece by piece, and has no thread while the source is
 * blocked. A start deletes what a crash leaves of it: the manifest names the files when all are
 * whole.
 */
final class TableImport implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(TableImport.class);

  /** Between pieces of so many bytes others have the thread. */
  private static final long PIECE_BYTES = 256 << 10;

  /** A file ends at the partition in which it becomes so long. */
  private static final long FILE_BYTES = 256L << 20;

  private final PartitionCursor source;
  private final TableFormat format;
  private final TableOptions options;
  private final Flusher flusher;
  private final String directory;
  private final FileAddition files;
  private final Executor executor;
  private final BooleanSupplier closed;
  private final CompletableFuture<Long> done = new CompletableFuture<>();
  private final TableWriter[] writers;

  /** The lane of the partition that is being written; -1 between partitions. */
  private int lane = -1;

  private boolean over;

  /**
   * An import that has not begun.
   *
   * @param table any part of the table
   * @param executor for the pieces, one at a time
   * @param closed whether the node stops
   */
  TableImport(
      PartitionCursor source,
      TableFormat format,
      Flusher flusher,
      LaneTable table,
      int lanes,
      FileAddition files,
      Executor executor,
      BooleanSupplier closed) {
    this.source = source;
    this.format = format;
    this.options = table.options();
    this.flusher = flusher;
    this.directory = flusher.directory(table);
    this.files = files;
    this.executor = executor;
    this.closed = closed;
    writers = new TableWriter[lanes];
  }

  /** Completes with the bytes of the files when their lanes see them. */
  CompletableFuture<Long> done() {
    return done;
  }

  /** Writes a piece, and has the next one written; or ends. */
  @Override
  public synchronized void run() {
    if (over) {
      return;
    }
    try {
      if (writePiece()) {
        finish();
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // Also if there was no memory for a long block: somebody waits to be told.
      fail(e);
    }
  }

  /** True when the source has ended. */
  private boolean writePiece() throws IOException {
    if (closed.getAsBoolean()) {
      throw new IOException("the node stops");
    }
    if (flusher.diskFull() != null) {
      throw flusher.diskFull();
    }
    if (!files.isValid()) {
      throw new IOException("the table was truncated or dropped meanwhile");
    }
    long written = 0;
    while (written < PIECE_BYTES) {
      if (lane < 0) {
        PartitionCursor.Step step = source.next();
        if (step == PartitionCursor.Step.END) {
          return true;
        }
        if (step == PartitionCursor.Step.BLOCKED) {
          source.awaitBlock(this::goOn);
          return false;
        }
        lane = Lanes.of(source.token(), writers.length);
        if (writers[lane] == null) {
          writers[lane] = format.begin(directory, flusher.nextGeneration(), options);
        }
        writers[lane].begin(source);
      }
      long before = writers[lane].bytes();
      RowCursor.Step step = writers[lane].addRows(PIECE_BYTES);
      written += writers[lane].bytes() - before;
      if (step == RowCursor.Step.BLOCKED) {
        writers[lane].awaitBlock(this::goOn);
        return false;
      }
      if (step == RowCursor.Step.END) {
        if (writers[lane].bytes() >= FILE_BYTES) {
          finish(lane);
        }
        lane = -1;
      }
    }
    goOn();
    return false;
  }

  /** Has the next piece written. */
  void goOn() {
    executor.execute(this);
  }

  private void finish(int of) throws IOException {
    if (writers[of] != null) {
      files.add(of, writers[of].finish());
      writers[of] = null;
    }
  }

  private void finish() throws IOException {
    for (int i = 0; i < writers.length; i++) {
      finish(i);
    }
    long bytes = files.bytes();
    files.commit();
    over = true;
    source.close();
    files
        .install()
        .whenComplete(
            (seen, failure) -> {
              if (failure == null) {
                done.complete(bytes);
              } else {
                done.completeExceptionally(failure);
              }
            });
  }

  private void fail(Throwable cause) {
    over = true;
    source.close();
    files.discard();
    for (TableWriter writer : writers) {
      if (writer != null) {
        try {
          writer.abandon();
        } catch (IOException e) {
          LOG.warn("a file in {} that nobody needs stays until the next start", directory, e);
        }
      }
    }
    done.completeExceptionally(cause);
  }
}

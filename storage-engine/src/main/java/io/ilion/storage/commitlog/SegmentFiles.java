package io.ilion.storage.commitlog;

import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Clock;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The files of segments before they are written and afterwards. What takes time with them, syncs of
 * directories above all, is done on a lane beside the writer, so that no write waits for it: a
 * segment is ready before the one before it is full.
 *
 * <p>The writer owns this; tasks beside it touch files alone.
 */
final class SegmentFiles {
  private static final int MOST_SPARES = 8;
  private static final long FULL_RETRY_NANOS = 250_000_000L;

  private final String directory;
  private final Files files;
  private final Clock clock;
  private final RandomGenerator random;
  private final long run;
  private final Lane writer;
  private final Lane beside;
  private final Consumer<Throwable> failed;

  /** The numbers of the files that later segments are written over. */
  private final ArrayDeque<Integer> spares = new ArrayDeque<>();

  private Ready ready;
  private boolean preparing;
  private boolean lacksRoom;
  private long lackedRoomNanos;

  /** A segment with its header, both durable, that waits for its first record. */
  record Ready(long id, String path, byte[] salt, AppendFile file) {}

  /**
   * No files yet.
   *
   * @param beside runs what may take long
   * @param failed is told of what the node cannot go on after; on the writer
   */
  SegmentFiles(
      String directory,
      Files files,
      Clock clock,
      RandomGenerator random,
      long run,
      Lane writer,
      Lane beside,
      Consumer<Throwable> failed) {
    this.directory = directory;
    this.files = files;
    this.clock = clock;
    this.random = random;
    this.run = run;
    this.writer = writer;
    this.beside = beside;
    this.failed = failed;
  }

  /** Makes the first segment of the run; blocks. */
  Ready first(long id) throws IOException {
    return make(new SegmentFormat.Header(id, run, random.nextLong(), -1, 0), null);
  }

  /** Whether a segment is ready. */
  boolean isReady() {
    return ready != null;
  }

  /** Whether one is being made. */
  boolean isPreparing() {
    return preparing;
  }

  /** Takes the segment that is ready. */
  Ready take() {
    Ready taken = ready;
    ready = null;
    return taken;
  }

  /**
   * Has the segment made that will follow another. Without room on the disk there is none; to be
   * asked again.
   */
  void prepareBehind(long previousId) {
    if (lacksRoom && clock.nanoTime() - lackedRoomNanos < FULL_RETRY_NANOS) {
      return;
    }
    preparing = true;
    SegmentFormat.Header header =
        new SegmentFormat.Header(
            // The same each time: a crash may bring back what had no room and was deleted, and only
            // the last segment may be without a header.
            previousId + 1, run, random.nextLong(), previousId, SegmentFormat.Header.NOT_BEGUN);
    Integer number = spares.poll();
    beside.execute(
        () -> {
          try {
            Ready made = make(header, number == null ? null : spare(number));
            writer.execute(() -> prepared(made));
          } catch (IOException | RuntimeException | OutOfMemoryError e) {
            writer.execute(() -> notPrepared(e));
          }
        });
  }

  private void prepared(Ready made) {
    preparing = false;
    lacksRoom = false;
    ready = made;
  }

  private void notPrepared(Throwable cause) {
    preparing = false;
    if (cause instanceof DiskFullException) {
      lacksRoom = true;
      lackedRoomNanos = clock.nanoTime();
    } else {
      failed.accept(cause);
    }
  }

  private Ready make(SegmentFormat.Header header, String spare) throws IOException {
    String path = directory + "/" + SegmentFormat.name(header.id());
    AppendFile file =
        spare == null ? newFile(path, header.encode()) : reusedFile(spare, path, header.encode());
    return new Ready(header.id(), path, SegmentFormat.saltBytes(header.salt()), file);
  }

  private AppendFile newFile(String path, byte[] headerBytes) throws IOException {
    AppendFile created = files.create(path);
    try {
      created.append(ByteBuffer.wrap(headerBytes));
      created.sync();
      files.syncDirectory(directory);
      return created;
    } catch (IOException e) {
      created.close();
      files.delete(path);
      throw e;
    }
  }

  private AppendFile reusedFile(String spare, String path, byte[] headerBytes) throws IOException {
    // A crash may give the spare the name back that it had as a segment, with whose id it then has
    // to begin, until its new name is durable.
    files.syncDirectory(directory);
    AppendFile reused = files.reuse(spare);
    String name = spare;
    try {
      reused.append(ByteBuffer.wrap(headerBytes));
      reused.sync();
      files.rename(spare, path);
      name = path;
      files.syncDirectory(directory);
      return reused;
    } catch (IOException e) {
      reused.close();
      files.delete(name);
      throw e;
    }
  }

  /** Makes the end of a segment durable, and closes it; then calls back on the writer. */
  void end(AppendFile file, Runnable done) {
    beside(
        () -> {
          file.sync();
          file.close();
          writer.execute(done);
        });
  }

  /** Keeps a segment that is needed no more for a later one, if there are not enough such. */
  void retire(Segment segment) {
    if (segment.cutShort || spares.size() == MOST_SPARES) {
      delete(segment.path);
      return;
    }
    int free = 0;
    while (spares.contains(free)) {
      free++;
    }
    int number = free;
    spares.add(number);
    beside(() -> files.rename(segment.path, spare(number)));
  }

  private String spare(int number) {
    return directory + "/" + SegmentFormat.spareName(number);
  }

  /** Gives the space back that later segments would take. */
  void deleteSpares() {
    while (!spares.isEmpty()) {
      delete(spare(spares.poll()));
    }
  }

  void delete(String path) {
    beside(() -> files.delete(path));
  }

  /** What may fail so that the node cannot go on. */
  private interface Work {
    void run() throws IOException;
  }

  private void beside(Work work) {
    beside.execute(
        () -> {
          try {
            work.run();
          } catch (IOException | RuntimeException | OutOfMemoryError e) {
            writer.execute(() -> failed.accept(e));
          }
        });
  }

  /** Deletes what was never begun; completes on the writer when all is done that was asked for. */
  void close(CompletableFuture<Void> closed) {
    beside.execute(() -> writer.execute(() -> deleteReady(closed)));
  }

  private void deleteReady(CompletableFuture<Void> closed) {
    try {
      if (ready != null) {
        ready.file.close();
        files.delete(ready.path);
      }
      closed.complete(null);
    } catch (IOException e) {
      closed.completeExceptionally(e);
    }
  }
}

package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.StoredFiles;
import io.ilion.storage.TableFile;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Files of a table that are held by a reference each, and read in the background. */
final class HeldFiles implements StoredFiles {
  private final TableFile[] files;
  private final Executor reads;

  /** How many use the files: who holds them, and each read. Guarded by this. */
  private int users = 1;

  private boolean closed;

  private HeldFiles(TableFile[] files, Executor reads) {
    this.files = files;
    this.reads = reads;
  }

  /** Takes a reference of each of a lane's files; on the lane. */
  static TableFile[] hold(TableFile[] ofLane) {
    TableFile[] held = ofLane.clone();
    for (TableFile file : held) {
      file.retain();
    }
    return held;
  }

  /** Files that were held lane by lane; null, and they are let go, if not all can be copied. */
  static HeldFiles of(List<TableFile[]> held, Executor reads) {
    TableFile[] all = held.stream().flatMap(Arrays::stream).toArray(TableFile[]::new);
    HeldFiles made = new HeldFiles(all, reads);
    if (Arrays.stream(all).allMatch(TableFile::isCopyable)) {
      return made;
    }
    made.close();
    return null;
  }

  @Override
  public int count() {
    return files.length;
  }

  @Override
  public long bytes(int file) {
    return files[file].bytes();
  }

  @Override
  public long firstToken(int file) {
    return files[file].firstToken();
  }

  @Override
  public long lastToken(int file) {
    return files[file].lastToken();
  }

  @Override
  public CompletionStage<byte[]> read(
      int file, List<TokenRange> ranges, int range, long block, int bytes) {
    CompletableFuture<byte[]> done = new CompletableFuture<>();
    if (!use()) {
      done.completeExceptionally(new IllegalStateException("the files were let go"));
      return done;
    }
    boolean given = false;
    try {
      reads.execute(
          () -> {
            try {
              done.complete(files[file].copy(ranges, range, block, bytes));
            } catch (Throwable t) {
              // Also if there is no memory for a long block: somebody waits to be told.
              done.completeExceptionally(t);
            } finally {
              release();
            }
          });
      given = true;
    } catch (OverloadedException e) {
      done.completeExceptionally(e);
    } finally {
      if (!given) {
        release();
      }
    }
    return done;
  }

  private synchronized boolean use() {
    if (closed) {
      return false;
    }
    users++;
    return true;
  }

  private void release() {
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
    }
    for (TableFile file : files) {
      file.release();
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    release();
  }
}

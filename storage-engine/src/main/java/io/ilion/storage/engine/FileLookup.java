package io.ilion.storage.engine;

import io.ilion.storage.PartitionCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Finds the files of a table that have a partition; on the lane that has the table, as a read. */
final class FileLookup implements Runnable {
  private final LaneEngine lane;
  private final long token;
  private final byte[] key;
  private final TableFormat format;
  private final Flusher flusher;
  private final ArrayDeque<TableFile> left = new ArrayDeque<>();
  private final List<PartitionFile> found = new ArrayList<>();
  private final CompletableFuture<List<PartitionFile>> done = new CompletableFuture<>();

  private LaneTable table;

  /** The cursor over the partition in the first of the files that are left, or null. */
  private PartitionCursor cursor;

  /** A lookup of the partition with a token and a key, on the lane that owns the token. */
  FileLookup(LaneEngine lane, long token, byte[] key, TableFormat format, Flusher flusher) {
    this.lane = lane;
    this.token = token;
    this.key = key;
    this.format = format;
    this.flusher = flusher;
  }

  /** Begins to look; completes with the newest file first. To be called once. */
  CompletionStage<List<PartitionFile>> begin(UUID tableId) {
    lane.lane()
        .execute(
            () -> {
              table = lane.table(tableId);
              if (table == null) {
                done.completeExceptionally(new UnknownTableException(tableId));
                return;
              }
              for (TableFile file : table.files()) {
                file.retain();
                left.add(file);
              }
              run();
            });
    return done;
  }

  @Override
  public void run() {
    try {
      while (!left.isEmpty()) {
        if (cursor == null) {
          cursor = left.getFirst().partition(token, key, Slices.ALL, lane.lane());
        }
        PartitionCursor.Step step = cursor == null ? PartitionCursor.Step.END : cursor.next();
        if (step == PartitionCursor.Step.BLOCKED) {
          cursor.awaitBlock(this);
          return;
        }
        if (step == PartitionCursor.Step.PARTITION) {
          found.add(described(left.getFirst()));
        }
        letGo();
      }
      done.complete(found);
    } catch (RuntimeException e) {
      while (!left.isEmpty()) {
        letGo();
      }
      done.completeExceptionally(e);
    }
  }

  private PartitionFile described(TableFile file) {
    String name = format.fileNames(file.generation()).getFirst();
    LaneTable.Note note = table.note(file);
    return new PartitionFile(
        flusher.directory(table) + "/" + name,
        // A compaction may have replaced it meanwhile.
        note == null ? 0 : note.level(),
        file.bytes(),
        file.partitions());
  }

  private void letGo() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
    left.removeFirst().release();
  }
}

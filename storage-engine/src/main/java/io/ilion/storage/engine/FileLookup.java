package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Finds the files of a table that have a partition; on the lane that has the table, as a read. */
final class FileLookup implements Runnable {
  private final Lane lane;
  private final long token;
  private final byte[] key;
  private final Function<TableFile, PartitionFile> description;
  private final ArrayDeque<TableFile> left = new ArrayDeque<>();
  private final List<PartitionFile> found = new ArrayList<>();
  private final CompletableFuture<List<PartitionFile>> done = new CompletableFuture<>();

  /** The cursor over the partition in the first of the files that are left, or null. */
  private PartitionCursor cursor;

  private FileLookup(
      Lane lane, long token, byte[] key, Function<TableFile, PartitionFile> description) {
    this.lane = lane;
    this.token = token;
    this.key = key;
    this.description = description;
  }

  /** Begins; on the lane. */
  static CompletableFuture<List<PartitionFile>> begin(
      Lane lane,
      LaneTable table,
      long token,
      byte[] key,
      Function<TableFile, PartitionFile> description) {
    FileLookup lookup = new FileLookup(lane, token, key, description);
    for (TableFile file : table.files()) {
      file.retain();
      lookup.left.add(file);
    }
    lookup.run();
    return lookup.done;
  }

  @Override
  public void run() {
    try {
      while (!left.isEmpty()) {
        if (cursor == null) {
          cursor = left.getFirst().partition(token, key, Slices.ALL, lane);
        }
        PartitionCursor.Step step = cursor == null ? PartitionCursor.Step.END : cursor.next();
        if (step == PartitionCursor.Step.BLOCKED) {
          cursor.awaitBlock(this);
          return;
        }
        if (step == PartitionCursor.Step.PARTITION) {
          found.add(description.apply(left.getFirst()));
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

  private void letGo() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
    left.removeFirst().release();
  }
}

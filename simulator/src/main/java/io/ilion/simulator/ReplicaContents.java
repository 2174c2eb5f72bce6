package io.ilion.simulator;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * All that one node has of a table, as its own lanes read it: neither another node nor a repair has
 * a part in that.
 */
final class ReplicaContents {
  private final Map<Place, List<String>> partitions = new TreeMap<>();

  /** A partition. */
  record Place(long token, String key) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int order = Long.compare(token, other.token);
      return order != 0 ? order : key.compareTo(other.key);
    }
  }

  private ReplicaContents() {}

  /**
   * The lines of each partition that has any: its deletion, its static row, its rows with
   * timestamps and tombstones, and where range deletions begin, change and end.
   */
  Map<Place, List<String>> partitions() {
    return partitions;
  }

  /**
   * Reads a table.
   *
   * @param purgeBeforeSeconds what was deleted or has expired before that does not matter
   */
  static CompletionStage<ReplicaContents> read(
      StorageEngine engine, Scheduler scheduler, UUID table, long purgeBeforeSeconds) {
    ReplicaContents contents = new ReplicaContents();
    ReadCommand command =
        ReadCommand.range(table, PartitionRange.ALL, Slices.ALL).purged(purgeBeforeSeconds);
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int i = 0; i < scheduler.laneCount(); i++) {
      int lane = i;
      done =
          done.thenCompose(
              before -> {
                Lines lines = contents.new Lines();
                scheduler.lane(lane).execute(() -> engine.lane(lane).read(command, lines));
                return lines.over;
              });
    }
    return done.thenApply(end -> contents);
  }

  private static String hex(byte[] array, int offset, int length) {
    return HexFormat.of().formatHex(array, offset, offset + length);
  }

  /** Takes what a lane reads. */
  private final class Lines implements RowSink {
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private Place place;
    private List<String> lines;
    private Deletion open;

    @Override
    public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
      place = new Place(token, HexFormat.of().formatHex(partitionKey));
      lines = new ArrayList<>();
      open = Deletion.NONE;
      if (!deletion.isNone()) {
        lines.add("deleted " + deletion);
      }
      return true;
    }

    @Override
    public boolean staticRow(RowReader row) {
      lines.add("static " + hex(row.array(), row.imageOffset(), row.imageLength()));
      return true;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      String key = hex(keyArray, keyOffset, keyLength);
      lines.add("row " + key + ": " + hex(row.array(), row.imageOffset(), row.imageLength()));
      return true;
    }

    @Override
    public boolean wantsMarkers() {
      return true;
    }

    @Override
    public boolean marker(RowCursor at) {
      // Where nothing changes is of no matter: a range may be cut anywhere.
      if (!at.after().equals(open)) {
        open = at.after();
        String position = hex(at.keyArray(), at.keyOffset(), at.keyLength());
        lines.add("from " + position + (open.isNone() ? " not deleted" : " deleted " + open));
      }
      return true;
    }

    @Override
    public boolean endOfPartition() {
      if (!lines.isEmpty()) {
        partitions.put(place, lines);
      }
      return true;
    }

    @Override
    public void finished() {
      over.complete(null);
    }

    @Override
    public void failed(Throwable cause) {
      over.completeExceptionally(cause);
    }
  }
}

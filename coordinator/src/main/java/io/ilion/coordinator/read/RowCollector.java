package io.ilion.coordinator.read;

import io.ilion.cql.restrict.RowFilter;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.RowSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** Collects the live rows that pass a filter, up to a number, on the lane that reads them. */
final class RowCollector implements RowSink {

  /**
   * What is wanted of the rows.
   *
   * @param wanted the most rows; what is beyond is left for a later read
   * @param perPartition the most rows of one partition
   * @param alreadyInFirst how many rows of the first partition earlier pages gave
   * @param staticOnly whether a partition without a row is a row if it has static content
   * @param distinct whether one row stands for each partition
   * @param countStatic whether static rows are a part of what is read
   * @param keepImages whether write times and TTLs will be asked for
   */
  record Demand(
      int wanted,
      int perPartition,
      int alreadyInFirst,
      boolean staticOnly,
      boolean distinct,
      boolean countStatic,
      boolean keepImages,
      long nowSeconds) {}

  private static final long MOST_BYTES = 1 << 20;
  private static final long UNCOUNTED_BYTES = 32 << 10;
  private static final long LEAST_COUNTED_BYTES = 1 << 10;

  private final ColumnLayout layout;
  private final RowFilter filter;
  private final Demand demand;
  private final Tombstones tombstones;
  private final ResultBudget.Account account;
  private final BooleanSupplier abandoned;
  private final BiConsumer<RowCollector, Throwable> done;
  private final List<SourceRow> rows = new ArrayList<>();
  private long bytes;
  private long counted;
  private boolean truncated;

  private long token;
  private byte[] key;
  private byte[][] head;
  private byte[] staticImage;
  private boolean staticIsLive;
  private int inPartition;
  private boolean partitionHasRows;
  private boolean first = true;

  RowCollector(
      ColumnLayout layout,
      RowFilter filter,
      Demand demand,
      Tombstones tombstones,
      ResultBudget.Account account,
      BooleanSupplier abandoned,
      BiConsumer<RowCollector, Throwable> done) {
    this.layout = layout;
    this.filter = filter;
    this.demand = demand;
    this.tombstones = tombstones;
    this.account = account;
    this.abandoned = abandoned;
    this.done = done;
  }

  /** What was collected. */
  List<SourceRow> rows() {
    return rows;
  }

  /** What was met on the way. */
  Tombstones tombstones() {
    return tombstones;
  }

  /** Whether the read ended before its range did. */
  boolean isTruncated() {
    return truncated;
  }

  @Override
  public boolean partition(long newToken, byte[] partitionKey, Deletion deletion) {
    token = newToken;
    key = partitionKey;
    tombstones.partition(newToken, partitionKey);
    head = new byte[layout.table().columns().size()][];
    byte[][] parts = PartitionKeyCodec.split(partitionKey, layout.table().partitionKey().size());
    System.arraycopy(parts, 0, head, 0, parts.length);
    staticImage = null;
    staticIsLive = false;
    partitionHasRows = false;
    inPartition = first ? demand.alreadyInFirst : 0;
    first = false;
    return true;
  }

  @Override
  public boolean staticRow(RowReader row) {
    staticIsLive = layout.isLive(row, demand.nowSeconds);
    int dead = CellDecoder.decode(row.rewind(), layout, demand.nowSeconds, head);
    if (demand.countStatic) {
      tombstones.add(dead);
      if (staticIsLive) {
        tombstones.liveRow();
      }
    }
    if (demand.keepImages) {
      staticImage = row.image();
    }
    return !(demand.distinct && staticIsLive);
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    ReadOptions.check(abandoned);
    if (!layout.isLive(row, demand.nowSeconds)) {
      tombstones.deadRow(row, demand.nowSeconds);
      return true;
    }
    tombstones.liveRow();
    partitionHasRows = true;
    if (demand.distinct) {
      tombstones.deadCells(row, demand.nowSeconds);
      return false;
    }
    byte[][] values = head.clone();
    if (layout.needsClustering()) {
      byte[][] clustering = layout.clustering().decode(keyArray, keyOffset, keyLength);
      System.arraycopy(
          clustering, 0, values, layout.table().partitionKey().size(), clustering.length);
    }
    tombstones.add(CellDecoder.decode(row.rewind(), layout, demand.nowSeconds, values));
    SourceRow found =
        new SourceRow(
            layout,
            token,
            key,
            Arrays.copyOfRange(keyArray, keyOffset, keyOffset + keyLength),
            values,
            demand.keepImages ? row.image() : null,
            staticImage,
            demand.nowSeconds);
    return !filter.matches(found) || add(found);
  }

  private boolean add(SourceRow row) {
    if (inPartition >= demand.perPartition) {
      return false;
    }
    collect(row);
    inPartition++;
    return !isFull() && inPartition < demand.perPartition;
  }

  private void collect(SourceRow row) {
    rows.add(row);
    bytes += row.bytes();
    if (bytes - counted > UNCOUNTED_BYTES) {
      count();
    }
  }

  private void count() {
    long more = bytes - counted;
    counted = bytes;
    account.collect(more);
  }

  /** Whether there are as many rows as wanted, or as many bytes as are taken in one go. */
  private boolean isFull() {
    return rows.size() >= demand.wanted || bytes >= MOST_BYTES;
  }

  @Override
  public void deletionMarker(long itsToken, byte[] partitionKey) {
    if (token != itsToken || key == null) {
      tombstones.partition(itsToken, partitionKey);
    }
    tombstones.add(1);
  }

  @Override
  public boolean endOfPartition() {
    boolean alone =
        demand.distinct
            ? partitionHasRows || staticIsLive
            : demand.staticOnly && staticIsLive && !partitionHasRows;
    if (alone) {
      SourceRow found =
          new SourceRow(layout, token, key, null, head, null, staticImage, demand.nowSeconds);
      if (filter.matches(found)) {
        collect(found);
      }
    }
    truncated = isFull();
    return !truncated;
  }

  @Override
  public void finished() {
    truncated = isFull();
    try {
      if (bytes - counted > LEAST_COUNTED_BYTES) {
        count();
      }
    } catch (OverloadedException e) {
      failed(e);
      return;
    }
    done.accept(this, null);
  }

  @Override
  public void failed(Throwable cause) {
    // Other lanes may still be at it, and what was collected here is not needed any more.
    rows.clear();
    done.accept(this, cause);
  }
}

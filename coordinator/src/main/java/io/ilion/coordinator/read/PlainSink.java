package io.ilion.coordinator.read;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.storage.RowSink;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Writes the live rows of one partition as the cells of an answer, one after the other. */
final class PlainSink implements RowSink {
  private static final int NULL = -1;
  private static final byte[] NO_KEY = {};

  private final PlainSelect select;
  private final ColumnLayout layout;
  private final ClusteringCodec codec;
  private final Demand demand;
  private final Tombstones tombstones;
  private final Consumer<Tombstones> report;
  private final CellBuffers buffers;
  private final Rows.Callback callback;

  /** The parts of the partition key. */
  private final byte[][] keyParts;

  /**
   * Where the value of each wanted cell of the row stands, if there is one; its length, or NULL.
   */
  private final int[] offsets;

  private final int[] lengths;
  private byte[] out;
  private int size;
  private int count;
  private byte[] lastKey = NO_KEY;
  private final ResultBudget.Account account;
  private boolean full;

  /**
   * What is wanted.
   *
   * @param wanted the most rows of this page
   * @param remaining the most rows of the partition; if it is more, a full page tells how to go on
   * @param abandoned whether nobody waits for the answer any more
   */
  record Demand(
      byte[] key,
      long token,
      int wanted,
      int remaining,
      long nowSeconds,
      BooleanSupplier abandoned) {}

  /**
   * Collects rows.
   *
   * @param tombstones counts what is met
   * @param report takes the count at the end
   */
  PlainSink(
      ReadPlan plan,
      Demand demand,
      Tombstones tombstones,
      Consumer<Tombstones> report,
      CellBuffers buffers,
      ResultBudget.Account account,
      Rows.Callback callback) {
    this.select = plan.plain();
    this.layout = plan.layout();
    this.codec = layout.clustering();
    this.demand = demand;
    this.tombstones = tombstones;
    this.report = report;
    this.buffers = buffers;
    this.account = account;
    this.callback = callback;
    tombstones.partition(demand.token, demand.key);
    this.keyParts =
        PartitionKeyCodec.split(demand.key, select.plan().table().partitionKey().size());
    this.offsets = new int[select.cells().length];
    this.lengths = new int[select.cells().length];
    this.out = buffers.take();
  }

  @Override
  public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
    ReadOptions.check(demand.abandoned);
    if (!layout.isLive(row, demand.nowSeconds)) {
      tombstones.deadRow(row, demand.nowSeconds);
      return true;
    }
    tombstones.liveRow();
    int before = size;
    find(row);
    byte[][] clustering =
        select.needsClustering() ? codec.decode(keyArray, keyOffset, keyLength) : null;
    for (int source : select.sources()) {
      if ((source & PlainSelect.CLUSTERING) != 0) {
        cell(clustering[source & ~PlainSelect.CLUSTERING]);
      } else if ((source & PlainSelect.PARTITION_KEY) != 0) {
        cell(keyParts[source & ~PlainSelect.PARTITION_KEY]);
      } else {
        cell(row.array(), offsets[source], lengths[source]);
      }
    }
    count++;
    full = account.add(size - before);
    if (count < demand.wanted && !full) {
      return true;
    }
    lastKey = Arrays.copyOfRange(keyArray, keyOffset, keyOffset + keyLength);
    return false;
  }

  /** Finds the wanted cells; those of an image stand in the order of their columns. */
  private void find(RowReader row) {
    int[] cells = select.cells();
    Arrays.fill(lengths, NULL);
    int at = 0;
    int dead = 0;
    while (row.nextCell()) {
      boolean live = row.cellIsLive(demand.nowSeconds);
      dead += live || row.isColumnDeletion() ? 0 : 1;
      while (at < cells.length && cells[at] < row.column()) {
        at++;
      }
      if (live && at < cells.length && cells[at] == row.column()) {
        offsets[at] = row.valueOffset();
        lengths[at] = row.valueLength();
      }
    }
    tombstones.add(dead);
  }

  @Override
  public void deletionMarker(long token, byte[] partitionKey) {
    tombstones.add(1);
  }

  private void cell(byte[] value) {
    if (value == null) {
      cell(NO_KEY, 0, NULL);
    } else {
      cell(value, 0, value.length);
    }
  }

  private void cell(byte[] array, int offset, int length) {
    int bytes = Math.max(0, length);
    if (out.length - size < 4 + bytes) {
      out = Arrays.copyOf(out, Math.max(Math.addExact(size, 4 + bytes), 2 * out.length));
    }
    Bytes.putInt(out, size, length);
    if (bytes > 0) {
      System.arraycopy(array, offset, out, size + 4, bytes);
    }
    size += 4 + bytes;
  }

  @Override
  public void finished() {
    byte[] state = null;
    if ((count >= demand.wanted || full) && demand.remaining > count) {
      state = new PagingState(demand.key, lastKey, demand.remaining - count, count).encode();
    }
    try {
      report.accept(tombstones);
      Rows.Cells cells = new Rows.Cells(out, size, count);
      callback.done(new Rows(cells, state, List.of(), tombstones.count()), null);
    } finally {
      account.close();
      buffers.giveBack(out);
    }
  }

  @Override
  public void failed(Throwable cause) {
    Throwable reason = account.reason(cause);
    account.close();
    buffers.giveBack(out);
    report.accept(tombstones);
    callback.done(null, reason);
  }
}

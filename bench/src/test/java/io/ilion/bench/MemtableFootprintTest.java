package io.ilion.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.memtable.Memtable;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The memory budget is kept only if memtables say truly what they take: measured here. */
class MemtableFootprintTest {
  private static final UUID TABLE = new UUID(1, 1);
  private static final long BYTES = 24 << 20;

  private final UpdateWriter writer = new UpdateWriter();
  private final byte[] key = new byte[Records.KEY_BYTES];
  private final byte[] clustering = new byte[9];

  @Test
  void partitionsOfOneRow() {
    for (int value : new int[] {20, 300, 4_000, 200_000}) {
      check("partitions of one row of " + value + " bytes", value, 1, 1);
    }
  }

  @Test
  void widePartitions() {
    for (int value : new int[] {20, 300, 4_000}) {
      check("partitions of 1000 rows of " + value + " bytes", value, 1_000, 1);
    }
  }

  @Test
  void partitionsOfSomeRows() {
    for (int value : new int[] {20, 300}) {
      check("partitions of 10 rows of " + value + " bytes", value, 10, 1);
    }
  }

  @Test
  void rangeDeletions() {
    Memtable[] holder = {new Memtable()};
    for (int partition = 0; partition < 1_000; partition++) {
      Records.key(partition, key);
      for (int range = 0; range < 100; range++) {
        writer.begin(TABLE, key);
        byte[] end = clustering.clone();
        Bytes.putLong(clustering, 1, 2 * range);
        Bytes.putLong(end, 1, 2 * range + 1);
        writer.rangeDeletion(clustering, end, range, range);
        UpdateReader update = new UpdateReader().wrap(writer.toByteArray());
        holder[0].apply(Bytes.getLong(key, 0), update, 1);
      }
    }
    compare("range deletions", holder);
  }

  @Test
  void rowsThatAreWrittenAgain() {
    for (int value : new int[] {20, 300, 50_000}) {
      check("rows of " + value + " bytes, each written five times", value, 1, 5);
    }
  }

  private void check(String what, int valueBytes, int rowsOfPartition, int times) {
    int rows = (int) (BYTES / (valueBytes + 100));
    Memtable[] holder = {new Memtable()};
    for (int time = 0; time < times; time++) {
      for (int row = 0; row < rows; row++) {
        write(holder[0], row, rowsOfPartition, valueBytes, time);
      }
    }
    compare(what, holder);
  }

  private static void compare(String what, Memtable[] holder) {
    long with = used();
    long accounted = holder[0].bytes();
    holder[0] = null;
    double measured = with - used();
    assertThat(accounted / measured)
        .describedAs("%s: accounted %d of %.0f", what, accounted, measured)
        .isBetween(0.8, 1.2);
  }

  private void write(Memtable memtable, int row, int rowsOfPartition, int valueBytes, int time) {
    Records.key(row / rowsOfPartition, key);
    Bytes.putLong(clustering, 1, Records.mix(row));
    writer.begin(TABLE, key);
    writer.rowWriter().liveness(time).cell(1, null, time, 0, 0, new byte[valueBytes]);
    writer.row(clustering);
    UpdateReader update = new UpdateReader().wrap(writer.toByteArray());
    memtable.apply(Bytes.getLong(key, 0), update, 1);
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}

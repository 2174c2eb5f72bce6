package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A partition of very many rows, and rows of 16 MB: written, flushed, compacted and read, by an
 * engine with little memory.
 *
 * <p>{@code -Dilion.soak=true} takes a million rows, and eight large ones.
 */
class LargeShapesTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final byte[] KEY = {1, 2, 3};
  private static final boolean SOAK = Boolean.getBoolean("ilion.soak");

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final SimulatedNode node = world.addNode();
  private Engine engine;

  @BeforeEach
  void open() throws IOException {
    EngineConfig base = EngineConfig.of("n", 1 << 20);
    engine =
        Engine.open(
            new EngineConfig(
                base.dataDirectory(),
                base.commitLogDirectory(),
                EngineConfig.SyncMode.GROUP,
                0,
                1_000_000_000,
                64 << 20,
                256L << 20,
                4 << 20,
                1 << 20,
                2,
                0),
            node.start(1),
            failure -> {
              throw new AssertionError(failure);
            });
    world.await(engine.putTable(SmallEngines.table(TABLE, 0)));
  }

  private static byte[] row(int n) {
    byte[] key = new byte[5];
    key[0] = 0x20;
    Bytes.putInt(key, 1, n);
    return key;
  }

  private void apply(UpdateWriter writer) {
    SmallEngines.apply(world, engine, Murmur3.token(KEY), writer.toByteArray());
  }

  /** Counts the rows of a read, and checks that they come in order, each with its value. */
  private static final class Checker implements RowSink {
    private final boolean reversed;
    private final int limit;
    private int rows;
    private int first = -1;
    private int last = -1;
    private long bytes;
    private boolean over;
    private Throwable failure;

    Checker(boolean reversed, int limit) {
      this.reversed = reversed;
      this.limit = limit;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      int number = Bytes.getInt(keyArray, keyOffset + 1);
      assertThat(row.nextCell()).isTrue();
      int end = row.valueOffset() + row.valueLength();
      if (Bytes.getInt(row.array(), end - 4) != number) {
        throw new AssertionError("row " + number + " has the value of another");
      }
      if (rows > 0 && (reversed ? number >= last : number <= last)) {
        throw new AssertionError("row " + number + " comes after row " + last);
      }
      first = rows == 0 ? number : first;
      last = number;
      bytes += row.valueLength();
      rows++;
      return rows < limit;
    }

    @Override
    public void finished() {
      over = true;
    }

    @Override
    public void failed(Throwable cause) {
      over = true;
      failure = cause;
    }
  }

  private Checker read(int from, int to, boolean reversed, int limit) {
    Slices slices = new Slices(List.of(new Slices.Interval(row(from), row(to))));
    Checker checker = new Checker(reversed, limit);
    engine
        .lane(0)
        .read(ReadCommand.partition(TABLE, KEY, Murmur3.token(KEY), slices, reversed), checker);
    world.until(() -> checker.over);
    assertThat(checker.failure).isNull();
    return checker;
  }

  private void assertRows(Checker read, int rows, int first, int last) {
    assertThat(List.of(read.rows, read.first, read.last)).containsExactly(rows, first, last);
  }

  private void checkMillion(int count) {
    assertRows(read(0, count, false, Integer.MAX_VALUE), count, 0, count - 1);
    assertRows(read(0, count, true, Integer.MAX_VALUE), count, count - 1, 0);
    Random random = new Random(3);
    for (int i = 0; i < 100; i++) {
      int at = random.nextInt(count - 1_000);
      assertRows(read(at, at + 1, i % 2 == 0, 10), 1, at, at);
      assertRows(read(at, at + 1_000, false, Integer.MAX_VALUE), 1_000, at, at + 999);
      assertRows(read(at, at + 1_000, true, Integer.MAX_VALUE), 1_000, at + 999, at);
      assertRows(read(at, count, false, 7), 7, at, at + 6);
      assertRows(read(0, at + 7, true, 7), 7, at + 6, at);
    }
  }

  private long bytes() {
    return engine.statistics().get(0).liveSstableBytes();
  }

  @Test
  void aPartitionOfVeryManyRows() {
    int count = SOAK ? 1_000_000 : 60_000;
    Random random = new Random(1);
    UpdateWriter writer = new UpdateWriter();
    // Every other row first, so that the files overlap.
    for (int half = 0; half < 2; half++) {
      for (int from = half; from < count; from += 1_000) {
        writer.begin(TABLE, KEY);
        for (int n = from; n < Math.min(count, from + 1_000); n += 2) {
          byte[] value = new byte[40 + random.nextInt(80)];
          random.nextBytes(value);
          Bytes.putInt(value, value.length - 4, n);
          writer.rowWriter().liveness(5).cell(1, null, 5, 0, 0, value);
          writer.row(row(n));
        }
        apply(writer);
        assertThat(engine.statistics().get(0).memtableBytes()).isLessThan(5 << 20);
      }
    }
    checkMillion(count);
    world.await(engine.flush(TABLE));
    checkMillion(count);
    world.await(engine.compact(TABLE));
    assertThat(engine.statistics().get(0).sstables()).isEqualTo(1);
    checkMillion(count);
    deleteTheMiddle(count);
  }

  private void deleteTheMiddle(int count) {
    int from = count / 4;
    int to = count / 4 * 3;
    apply(new UpdateWriter().begin(TABLE, KEY).rangeDeletion(row(from), row(to), 6, 1_000_000));
    long before = bytes();
    for (int compacted = 0; compacted < 2; compacted++) {
      int left = count - (to - from);
      assertRows(read(0, count, false, Integer.MAX_VALUE), left, 0, count - 1);
      assertRows(read(0, count, true, Integer.MAX_VALUE), left, count - 1, 0);
      assertRows(read(from - 2, count, false, 4), 4, from - 2, to + 1);
      assertRows(read(0, to + 2, true, 4), 4, to + 1, from - 2);
      assertThat(read(from, to, false, 10).rows).isZero();
      assertThat(read(from, to, true, 10).rows).isZero();
      world.await(engine.flush(TABLE));
      world.await(engine.compact(TABLE));
    }
    assertThat(bytes()).isLessThan(before * 6 / 10);
  }

  @Test
  void rowsOf16Megabytes() {
    int count = SOAK ? 8 : 3;
    int length = 16 << 20;
    byte[] value = new byte[length];
    new Random(2).nextBytes(value);
    for (int n = 0; n < count; n++) {
      UpdateWriter writer = new UpdateWriter().begin(TABLE, KEY);
      Bytes.putInt(value, length - 4, n);
      writer.rowWriter().liveness(5).cell(1, null, 5, 0, 0, value);
      apply(writer.row(row(n)));
      // Each is more than the memory for writes: the next one has to wait for its flush.
      assertRows(read(0, count, true, 1), 1, n, n);
      world.await(engine.flush(TABLE));
    }
    for (int state = 0; state < 2; state++) {
      Checker all = read(0, count, false, Integer.MAX_VALUE);
      assertRows(all, count, 0, count - 1);
      assertThat(all.bytes).isEqualTo((long) count * length);
      assertRows(read(0, count, true, Integer.MAX_VALUE), count, count - 1, 0);
      assertRows(read(1, 2, false, 1), 1, 1, 1);
      world.await(engine.compact(TABLE));
    }
    assertThat(engine.statistics().get(0).sstables()).isEqualTo(1);
  }
}

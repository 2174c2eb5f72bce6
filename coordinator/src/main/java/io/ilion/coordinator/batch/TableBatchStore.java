package io.ilion.coordinator.batch;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.write.TimeUuids;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Clock;
import io.ilion.storage.LaneStore;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Keeps entries in the table {@code system.batches} of this node, a partition for each. An entry is
 * written with the time of its id, and removed with a later one whatever the clock says by then: so
 * one that was removed stays away.
 */
public final class TableBatchStore implements BatchStore {
  private static final int VERSION = 1;
  private static final int ENTRIES_AT_ONCE = 64;
  private static final byte[] NO_CLUSTERING = {};

  private final LaneAccess lanes;
  private final TableDefinition table;
  private final int version;
  private final int mutations;
  private final LongSupplier timestamps;
  private final Clock clock;

  /**
   * A store in a table with the columns {@code id timeuuid PRIMARY KEY}, {@code version int} and
   * {@code mutations list<blob>}.
   *
   * @param timestamps microseconds that never repeat and never go back
   */
  public TableBatchStore(
      LaneAccess lanes, TableDefinition table, LongSupplier timestamps, Clock clock) {
    this.lanes = lanes;
    this.table = table;
    this.version = table.column("version").id();
    this.mutations = table.column("mutations").id();
    this.timestamps = timestamps;
    this.clock = clock;
  }

  private static byte[] key(UUID id) {
    return NativeType.TIMEUUID.encode(id);
  }

  @Override
  public void put(Entry entry, WriteCallback callback) {
    byte[] key = key(entry.id());
    long timestamp = TimeUuids.micros(entry.id());
    UpdateWriter update = new UpdateWriter().begin(table.id(), key);
    RowWriter row = update.rowWriter();
    row.liveness(timestamp);
    if (version < mutations) {
      version(row, timestamp);
    }
    for (int i = 0; i < entry.updates().size(); i++) {
      row.cell(mutations, position(entry.id(), i), timestamp, 0, 0, entry.updates().get(i));
    }
    if (version > mutations) {
      version(row, timestamp);
    }
    lanes.apply(Murmur3.token(key), update.row(NO_CLUSTERING).toByteArray(), callback);
  }

  private void version(RowWriter row, long timestamp) {
    row.cell(version, null, timestamp, 0, 0, NativeType.INT.encode(VERSION));
  }

  /** The position of an element in the list: the entry's id, its low half counted up. */
  private static byte[] position(UUID id, int index) {
    UUID position = new UUID(id.getMostSignificantBits(), index);
    return CellPath.ofKey(NativeType.TIMEUUID, NativeType.TIMEUUID.encode(position));
  }

  @Override
  public void remove(UUID id, WriteCallback callback) {
    byte[] key = key(id);
    long timestamp = Math.max(timestamps.getAsLong(), TimeUuids.micros(id) + 1);
    byte[] update =
        new UpdateWriter()
            .begin(table.id(), key)
            .partitionDeletion(timestamp, clock.wallSeconds())
            .toByteArray();
    lanes.apply(Murmur3.token(key), update, callback);
  }

  @Override
  public void list(UUID after, ListCallback callback) {
    byte[] key = after == null ? null : key(after);
    PartitionRange range =
        key == null
            ? PartitionRange.ALL
            : new PartitionRange(Murmur3.token(key), key, false, Long.MAX_VALUE);
    AtomicInteger left = new AtomicInteger(lanes.laneCount());
    AtomicReference<Throwable> failed = new AtomicReference<>();
    List<List<Entry>> found = new ArrayList<>();
    for (int i = 0; i < lanes.laneCount(); i++) {
      List<Entry> ofLane = new ArrayList<>();
      found.add(ofLane);
      WriteCallback ended =
          failure -> {
            failed.compareAndSet(null, failure);
            if (left.decrementAndGet() == 0) {
              Throwable first = failed.get();
              callback.entries(first == null ? first(found) : List.of(), first);
            }
          };
      int lane = i;
      Runnable read =
          () -> {
            LaneStore of = lanes.store(lane);
            of.read(
                ReadCommand.range(table.id(), range, Slices.ALL),
                new Sink(ofLane, failure -> whenDurable(of, ofLane, failure, ended)));
          };
      // Never within this call: whoever goes on behind the last entry asks again in the callback.
      lanes.lane(i).execute(() -> lanes.run(lane, read, ended));
    }
  }

  /**
   * What was found may be in memory only, as of a disk that is slow or was full. Whoever completes
   * a batch counts on its being there after a crash.
   */
  private static void whenDurable(
      LaneStore lane, List<Entry> found, Throwable failure, WriteCallback ended) {
    if (failure != null || found.isEmpty()) {
      ended.done(failure);
    } else {
      lane.awaitDurable(ended::done);
    }
  }

  /** The first of all in the order of the ring; the others will be asked for again. */
  private static List<Entry> first(List<List<Entry>> found) {
    return found.stream()
        .flatMap(List::stream)
        .sorted(
            Comparator.comparingLong((Entry e) -> Murmur3.token(key(e.id())))
                .thenComparing(e -> key(e.id()), java.util.Arrays::compareUnsigned))
        .limit(ENTRIES_AT_ONCE)
        .toList();
  }

  /** Collects entries of one lane. */
  private final class Sink implements RowSink {
    private final List<Entry> entries;
    private final WriteCallback ended;
    private UUID id;

    Sink(List<Entry> entries, WriteCallback ended) {
      this.entries = entries;
      this.ended = ended;
    }

    @Override
    public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
      id = (UUID) NativeType.TIMEUUID.decode(partitionKey);
      return true;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      List<byte[]> updates = new ArrayList<>();
      while (row.nextCell()) {
        if (row.column() == mutations && row.cellIsLive(clock.wallSeconds())) {
          updates.add(row.value());
        }
      }
      if (!updates.isEmpty()) {
        entries.add(new Entry(id, updates));
      }
      return true;
    }

    @Override
    public boolean endOfPartition() {
      return entries.size() < ENTRIES_AT_ONCE;
    }

    @Override
    public void finished() {
      ended.done(null);
    }

    @Override
    public void failed(Throwable cause) {
      ended.done(cause);
    }
  }
}

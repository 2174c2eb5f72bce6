package io.ilion.server.metrics;

import io.ilion.model.ErrorCode;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/**
 * Counts requests and times them, from when they were taken from their socket until their answer is
 * about to be written. Safe to call from any thread; cheap on lanes. A table that is used takes
 * some kilobytes for each lane; it is named by the id that it keeps when it is truncated.
 */
public final class RequestMetrics {
  private static final int REGULAR = 0;
  private static final int PREPARED = 1;

  private final Clock clock;
  private final int lanes;
  private final IntSupplier currentLane;
  private final Map<UUID, Recorders> tables = new ConcurrentHashMap<>();

  /** What each lane used last: most requests are about the table of the one before. */
  private final AtomicReferenceArray<LastUsed> lastUsed;

  private final Map<Batches, Recorder> batches = new ConcurrentHashMap<>();
  private final AtomicLongArray[] statements;
  private final Map<ErrorCode, LongAdder> errors = new EnumMap<>(ErrorCode.class);

  /** What was recorded of tables that are no more; guarded by itself. */
  private final Map<Kind, Histogram> forgotten = new EnumMap<>(Kind.class);

  /** What is recorded of one table. */
  public enum Kind {
    /** Microseconds of reads of partitions that are named. */
    READ,
    /** Microseconds of reads of ranges. */
    SCAN,
    /** Microseconds of writes. */
    WRITE,
    /** Rows that a read gave. */
    ROWS,
    /** Tombstones that a read met. */
    TOMBSTONES
  }

  /** The kinds of batches. */
  public enum Batches {
    /** Logged. */
    LOGGED,
    /** Unlogged. */
    UNLOGGED,
    /** Of counters. */
    COUNTER
  }

  private record LastUsed(UUID table, Recorders recorders) {}

  private static final class Recorders {
    private final Recorder[] byKind = new Recorder[Kind.values().length];

    Recorders(int lanes) {
      for (int i = 0; i < byKind.length; i++) {
        byKind[i] = new Recorder(lanes);
      }
    }

    Recorder of(Kind kind) {
      return byKind[kind.ordinal()];
    }
  }

  /**
   * Metrics of a node.
   *
   * @param currentLane gives the index of the lane that its caller is, or -1
   */
  public RequestMetrics(Clock clock, int lanes, IntSupplier currentLane) {
    this.clock = clock;
    this.lanes = lanes;
    this.currentLane = currentLane;
    lastUsed = new AtomicReferenceArray<>(lanes);
    statements = new AtomicLongArray[lanes];
    for (int i = 0; i < lanes; i++) {
      statements[i] = new AtomicLongArray(2);
    }
    for (Batches kind : Batches.values()) {
      batches.put(kind, new Recorder(lanes));
    }
    for (ErrorCode code : ErrorCode.values()) {
      errors.put(code, new LongAdder());
    }
    for (Kind kind : Kind.values()) {
      forgotten.put(kind, new Histogram());
    }
  }

  /** A statement that came as a text is executed, on the lane of its connection. */
  public void regularStatement(int lane) {
    count(lane, REGULAR);
  }

  /** A prepared statement is executed, on the lane of its connection. */
  public void preparedStatement(int lane) {
    count(lane, PREPARED);
  }

  private void count(int lane, int kind) {
    AtomicLongArray own = statements[lane];
    own.setPlain(kind, own.getPlain(kind) + 1);
  }

  /** A read is about to be answered. */
  public long read(UUID table, boolean range, long startedNanos, int rows, long tombstones) {
    int lane = currentLane.getAsInt();
    long micros = microsSince(startedNanos);
    Recorders recorders = recorders(table, lane);
    recorders.of(range ? Kind.SCAN : Kind.READ).record(lane, micros);
    recorders.of(Kind.ROWS).record(lane, rows);
    recorders.of(Kind.TOMBSTONES).record(lane, tombstones);
    return micros;
  }

  /** A write is about to be answered; returns how long it took, in microseconds. */
  public long write(UUID table, long startedNanos) {
    long micros = microsSince(startedNanos);
    int lane = currentLane.getAsInt();
    recorders(table, lane).of(Kind.WRITE).record(lane, micros);
    return micros;
  }

  /** A request is answered with an error. */
  public void failed(ErrorCode code) {
    errors.get(code).increment();
  }

  /** Requests were refused before anything was done about them. */
  public void refused(int requests) {
    errors.get(ErrorCode.OVERLOADED).add(requests);
  }

  /** How many requests were answered with an error. */
  public long failures(ErrorCode code) {
    return errors.get(code).sum();
  }

  /** A batch over so many partitions was made. */
  public void batch(Batches kind, int partitions) {
    batches.get(kind).record(currentLane.getAsInt(), partitions);
  }

  private long microsSince(long startedNanos) {
    return (clock.nanoTime() - startedNanos) / 1000;
  }

  private Recorders recorders(UUID table, int lane) {
    LastUsed last = lane < 0 ? null : lastUsed.getPlain(lane);
    if (last != null && last.table.equals(table)) {
      return last.recorders;
    }
    Recorders found = tables.get(table);
    if (found == null) {
      found = tables.computeIfAbsent(table, id -> new Recorders(lanes));
    }
    if (lane >= 0) {
      lastUsed.setRelease(lane, new LastUsed(table, found));
    }
    return found;
  }

  /** What was recorded of a table. */
  public Distribution of(UUID table, Kind kind) {
    Recorders recorders = tables.get(table);
    return recorders == null ? Distribution.EMPTY : recorders.of(kind).distribution();
  }

  /** What was recorded of a table, by size. */
  public Buckets buckets(UUID table, Kind kind) {
    Histogram whole = new Histogram();
    Recorders recorders = tables.get(table);
    if (recorders != null) {
      recorders.of(kind).addTo(whole);
    }
    return Buckets.of(whole);
  }

  /** What was recorded of all tables, those among them that are no more. */
  public Buckets buckets(Kind kind) {
    Histogram whole = new Histogram();
    synchronized (forgotten) {
      whole.add(forgotten.get(kind));
      tables.values().forEach(recorders -> recorders.of(kind).addTo(whole));
    }
    return Buckets.of(whole);
  }

  private void forget(Predicate<UUID> exists) {
    synchronized (forgotten) {
      for (int lane = 0; lane < lanes; lane++) {
        lastUsed.set(lane, null);
      }
      tables
          .entrySet()
          .removeIf(
              entry -> {
                boolean goes = !exists.test(entry.getKey());
                if (goes) {
                  forgotten.forEach((kind, whole) -> entry.getValue().of(kind).addTo(whole));
                }
                return goes;
              });
    }
  }

  /** The partitions of batches. */
  public Distribution of(Batches kind) {
    return batches.get(kind).distribution();
  }

  /** How many statements that came as texts were executed. */
  public long regularStatements() {
    return sum(REGULAR);
  }

  /** How many prepared statements were executed. */
  public long preparedStatements() {
    return sum(PREPARED);
  }

  private long sum(int kind) {
    long sum = 0;
    for (AtomicLongArray each : statements) {
      sum += each.getOpaque(kind);
    }
    return sum;
  }

  /** From now on takes note of rates, and forgets tables that are no more, every few seconds. */
  public void keepTicking(Lane lane, Predicate<UUID> exists) {
    lane.schedule(
        TimeUnit.SECONDS.toNanos(Rate.TICK_SECONDS),
        () -> {
          try {
            forget(exists);
            for (Recorders recorders : tables.values()) {
              for (Recorder recorder : recorders.byKind) {
                recorder.tick();
              }
            }
          } finally {
            keepTicking(lane, exists);
          }
        });
  }
}

package io.ilion.conformance.durability;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.ilion.conformance.durability.Ledger.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes of every kind to the tables of {@link SoakTables}, by several writers, each with
 * partitions of its own, and the comparison of all that is there with what was acknowledged.
 */
final class AcknowledgedWrites {
  private static final int WRITERS = 32;
  private static final int PARTITIONS_OF_WRITER = 12;
  private static final int ROWS = 24;

  private final List<SplittableRandom> randoms = new ArrayList<>();
  private final Map<Integer, Ledger> ledgers = new TreeMap<>();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private volatile boolean stopped;

  AcknowledgedWrites(SplittableRandom random) {
    for (int writer = 0; writer < WRITERS; writer++) {
      randoms.add(random.split());
    }
    for (int p = 0; p < WRITERS * PARTITIONS_OF_WRITER; p++) {
      ledgers.put(p, new Ledger());
    }
  }

  /** How many operations were acknowledged so far. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** How many operations got an error or no answer so far. */
  long refused() {
    return refused.get();
  }

  /** The writers at work; {@link #stop} ends them. */
  final class Running {
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> writers = new ArrayList<>();

    private Running(SoakTables tables) {
      stopped = false;
      for (int writer = 0; writer < WRITERS; writer++) {
        int mine = writer;
        writers.add(executor.submit(() -> write(tables, mine)));
      }
    }

    /** Waits until the writers have seen that they are to stop, or that the node is gone. */
    void stop() throws Exception {
      stopped = true;
      for (Future<?> writer : writers) {
        writer.get();
      }
      executor.close();
    }
  }

  /** Begins to write. */
  Running begin(SoakTables tables) {
    return new Running(tables);
  }

  /** Has the writers end with their next operation, whose answer may never come. */
  void end() {
    stopped = true;
  }

  private void write(SoakTables tables, int writer) {
    SplittableRandom random = randoms.get(writer);
    while (!stopped) {
      int p = writer * PARTITIONS_OF_WRITER + random.nextInt(PARTITIONS_OF_WRITER);
      Ledger ledger = ledgers.get(p);
      if (ledger.isOpen()) {
        // An operation failed, so nobody knows what is there until the next comparison.
        if (openPartitions(writer) == PARTITIONS_OF_WRITER) {
          return;
        }
        continue;
      }
      Statement<?> statement = operation(tables, p, ledger, random);
      try {
        tables.session().execute(statement);
        ledger.acknowledged();
        acknowledged.incrementAndGet();
      } catch (DriverException e) {
        refused.incrementAndGet();
      }
    }
  }

  private int openPartitions(int writer) {
    int open = 0;
    for (int i = 0; i < PARTITIONS_OF_WRITER; i++) {
      open += ledgers.get(writer * PARTITIONS_OF_WRITER + i).isOpen() ? 1 : 0;
    }
    return open;
  }

  /** Draws an operation and notes in the ledger what is there after it. */
  private Statement<?> operation(SoakTables tables, int p, Ledger ledger, SplittableRandom random) {
    Content before = ledger.certain();
    int c = random.nextInt(ROWS);
    long value = values.incrementAndGet();
    switch (random.nextInt(20)) {
      case 0 -> {
        ledger.begin(ledger.with(Map.of(c, 0L)));
        return tables.deleteRow(p, c);
      }
      case 1 -> {
        int end = c + 1 + random.nextInt(6);
        Map<Integer, Long> gone = new TreeMap<>();
        before.rows().keySet().stream()
            .filter(key -> key >= c && key < end)
            .forEach(key -> gone.put(key, 0L));
        ledger.begin(ledger.with(gone));
        return tables.deleteRange(p, c, end);
      }
      case 2 -> {
        if (random.nextInt(4) == 0) {
          ledger.begin(Content.EMPTY);
          return tables.deletePartition(p);
        }
        ledger.begin(new Content(value, before.rows()));
        return tables.setStatic(p, value);
      }
      case 3, 4 -> {
        BatchStatement batch = BatchStatement.newInstance(BatchType.UNLOGGED);
        Map<Integer, Long> rows = new TreeMap<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
          int row = random.nextInt(ROWS);
          if (rows.putIfAbsent(row, values.incrementAndGet()) == null) {
            batch = batch.add(tables.insert(p, row, rows.get(row)));
          }
        }
        ledger.begin(ledger.with(rows));
        return batch;
      }
      case 5 -> {
        Long present = before.rows().get(c);
        if (present != null) {
          ledger.begin(ledger.with(Map.of(c, value)));
          return tables.replace(p, c, present, value);
        }
      }
      default -> {}
    }
    ledger.begin(ledger.with(Map.of(c, value)));
    return tables.insert(p, c, value);
  }

  /** Reads every partition alone and all of them by scans; returns what is not as it has to be. */
  List<String> compare(SoakTables tables) {
    List<String> wrong = new ArrayList<>();
    ledgers.forEach(
        (p, ledger) -> {
          Content found = content(tables.session(), tables.select(p));
          boolean open = ledger.isOpen();
          Content certain = ledger.certain();
          if (!ledger.reconcile(found)) {
            wrong.add(
                "partition %d: acknowledged is %s, found is %s, an operation was open: %s"
                    .formatted(p, certain, found, open));
          }
        });
    Map<Integer, Content> scanned = tables.scan();
    ledgers.forEach(
        (p, ledger) -> {
          Content found = scanned.getOrDefault(p, Content.EMPTY);
          if (!found.equals(ledger.certain())) {
            wrong.add("partition " + p + ": a scan finds " + found + ", not " + ledger.certain());
          }
        });
    return wrong;
  }

  private static Content content(CqlSession session, Statement<?> select) {
    long fixed = 0;
    Map<Integer, Long> rows = new TreeMap<>();
    for (Row row : session.execute(select)) {
      fixed = SoakTables.read(row, rows);
    }
    return new Content(fixed, rows);
  }
}

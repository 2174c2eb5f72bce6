package io.ilion.tools.load;

import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.ring.TokenRange;
import io.ilion.tools.console.Progress;
import io.ilion.tools.load.mapping.LoadStatement;
import io.ilion.tools.load.run.RangeReader;
import io.ilion.tools.load.run.TokenRanges;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Counts the rows of a table by ranges of tokens, several at once, so that no request takes long,
 * and a range that does is counted in halves. Partitions are found by reading their keys.
 */
public final class BulkCount {
  /**
   * What is counted.
   *
   * @param keyspace the keyspace, as it is
   * @param table the table, as it is
   * @param threads how many ranges are counted at once
   * @param partitions how many of the largest partitions are told; 0 does not look for them
   * @param attempts how often a request is tried
   */
  public record Options(String keyspace, String table, int threads, int partitions, int attempts) {}

  /**
   * What was counted.
   *
   * @param summary all of it
   * @param byNode rows by the node that has them: each row for each of its replicas
   * @param byRange rows by the ranges of the ring, in order; those of replication are merged
   * @param partitionCount how many partitions there are, or -1 if nobody looked
   * @param largest the largest partitions, by their keys, the largest first
   */
  public record Counts(
      LoadSummary summary,
      Map<String, Long> byNode,
      Map<TokenRange, Long> byRange,
      long partitionCount,
      Map<String, Long> largest) {}

  private record Partition(String key, long rows) {}

  private static final int RANGES_EACH = 8;
  private static final int PAGE = 5_000;

  private final Session session;
  private final Options options;
  private final Progress progress;
  private final AtomicLong rows = new AtomicLong();
  private final Map<String, Long> byNode = new TreeMap<>();
  private final Map<TokenRange, Long> byRange =
      new TreeMap<>(Comparator.comparingLong(TokenRange::end));
  private final PriorityQueue<Partition> largest =
      new PriorityQueue<>(Comparator.comparingLong(Partition::rows));
  private final Map<TokenRange, Open> open = new HashMap<>();
  private long partitionCount;

  /** A partition whose rows may go on with the next page. */
  private static final class Open {
    private byte[][] key;
    private String text;
    private long rows;
  }

  /** A count that is done by {@link #run}, once. */
  public BulkCount(Session session, Options options, Progress progress) {
    this.session = session;
    this.options = options;
    this.progress = progress;
  }

  /** Counts, until all is done or it cannot go on. */
  public Counts run() throws InterruptedException {
    long start = System.nanoTime();
    long processor = BulkLoad.processorNanos();
    TableMetadata table = Tables.find(session, options.keyspace(), options.table());
    boolean keys = options.partitions() > 0;
    String selected =
        keys
            ? table.partitionKey().stream()
                .map(ColumnMetadata::name)
                .map(LoadStatement::quoted)
                .collect(Collectors.joining(", "))
            : "count(*)";
    PreparedStatement statement =
        session.prepare(
            "SELECT "
                + selected
                + " FROM "
                + LoadStatement.quoted(table.keyspace())
                + "."
                + LoadStatement.quoted(table.name())
                + BulkUnload.tokenRange(table));
    Metadata metadata = session.metadata();
    List<TokenRange> ring = TokenRanges.of(metadata, 1);
    List<TokenRange> ranges =
        table.id() == null
            ? List.of(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE))
            : TokenRanges.of(metadata, Math.max(32, RANGES_EACH * options.threads()));
    RangeReader reader = new RangeReader(session, options.attempts(), !keys, PAGE);
    reader.read(
        statement,
        ranges,
        options.threads(),
        (range, page) -> {
          long count = keys ? partitions(range, page) : page.one().getLong(0);
          rows.addAndGet(count);
          add(metadata, table, ring, range, count);
        },
        () -> progress.update(() -> line(reader)));
    Throwable failure = reader.failure();
    Map<String, Long> top = new java.util.LinkedHashMap<>();
    synchronized (largest) {
      open.values().forEach(this::close);
      List<Partition> sorted = new ArrayList<>(largest);
      sorted.sort(Comparator.comparingLong(Partition::rows).reversed());
      sorted.forEach(partition -> top.put(partition.key(), partition.rows()));
    }
    LoadSummary summary =
        new LoadSummary(
            "count",
            table.keyspace() + "." + table.name(),
            failure == null ? "completed" : LoadSummary.stopped(failure),
            failure == null,
            rows.get(),
            0,
            0,
            0,
            0,
            reader.requests.get(),
            reader.retries.get(),
            Duration.ofNanos(System.nanoTime() - start),
            Duration.ofNanos(BulkLoad.processorNanos() - processor),
            List.of());
    return new Counts(summary, byNode, byRange, keys ? partitionCount : -1, top);
  }

  private String line(RangeReader reader) {
    double share = reader.share();
    return Progress.bar(share, 20)
        + String.format("%3.0f%%  ", share * 100)
        + Progress.count(rows.get())
        + " rows"
        + (reader.retries.get() > 0 ? ", " + reader.retries.get() + " retries" : "");
  }

  private synchronized void add(
      Metadata metadata, TableMetadata table, List<TokenRange> ring, TokenRange range, long count) {
    for (Node node : metadata.replicas(table.keyspace(), range.end()).in(null)) {
      byNode.merge(
          node.address().getAddress() == null
              ? node.address().getHostString()
              : node.address().getAddress().getHostAddress(),
          count,
          Long::sum);
    }
    for (TokenRange each : ring) {
      if (range.end() <= each.end()) {
        byRange.merge(each, count, Long::sum);
        return;
      }
    }
  }

  private long partitions(TokenRange range, Page page) {
    synchronized (largest) {
      Open current = open.computeIfAbsent(range, key -> new Open());
      int columns = page.columns().size();
      for (Row row : page) {
        byte[][] key = new byte[columns][];
        for (int i = 0; i < columns; i++) {
          key[i] = row.getBytes(i);
        }
        if (current.key == null || !Arrays.deepEquals(current.key, key)) {
          close(current);
          current.key = key;
          current.text = text(page, key);
          current.rows = 0;
        }
        current.rows++;
      }
      return page.size();
    }
  }

  private static String text(Page page, byte[][] key) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.length; i++) {
      parts.add(page.columns().type(i).toCqlLiteral(key[i]));
    }
    return String.join(", ", parts);
  }

  private void close(Open partition) {
    if (partition.key == null) {
      return;
    }
    partitionCount++;
    largest.add(new Partition(partition.text, partition.rows));
    if (largest.size() > options.partitions()) {
      largest.poll();
    }
  }
}

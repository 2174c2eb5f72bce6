package io.ilion.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The deliberately naive twin of {@link RowMerger}: a bag of everything that any image says of a
 * row, through which each question goes from the beginning.
 */
final class NaiveRow {

  /** What kind of thing an image says. */
  private enum Kind {
    LIVENESS,
    DELETION,
    COLUMN_DELETION,
    TOMBSTONE,
    CELL,
    COUNTER
  }

  /** One thing that an image says; the column of the row itself is 0. */
  private record Fact(
      Kind kind, int column, String path, long timestamp, long seconds, int ttl, String value) {

    boolean isDeletion() {
      return kind == Kind.DELETION || kind == Kind.COLUMN_DELETION;
    }

    boolean passes() {
      return kind == Kind.TOMBSTONE || ttl != 0;
    }
  }

  /** The greatest wins: Cassandra's order of cells, and of livenesses and deletions among them. */
  private static final Comparator<Fact> RULE =
      Comparator.comparingLong(Fact::timestamp)
          .thenComparing(Fact::passes)
          .thenComparing(fact -> fact.kind == Kind.TOMBSTONE)
          .thenComparingLong(Fact::seconds)
          .thenComparing(Comparator.comparingInt(Fact::ttl).reversed())
          .thenComparing(
              fact -> HexFormat.of().parseHex(fact.value), (a, b) -> Arrays.compareUnsigned(a, b));

  private final List<Fact> facts = new ArrayList<>();

  /** Adds all that an image says. */
  void add(byte[] image) {
    RowReader row = new RowReader().wrap(image);
    if (row.hasLiveness()) {
      long expires = row.livenessTtl() == 0 ? 0 : row.livenessExpiresAt();
      facts.add(
          new Fact(Kind.LIVENESS, 0, "", row.livenessTimestamp(), expires, row.livenessTtl(), ""));
    }
    if (row.hasDeletion()) {
      facts.add(
          new Fact(
              Kind.DELETION, 0, "", row.deletionTimestamp(), row.deletionLocalSeconds(), 0, ""));
    }
    while (row.nextCell()) {
      Kind kind = kind(row);
      long seconds =
          row.isExpiring()
              ? row.expiresAt()
              : kind == Kind.TOMBSTONE || kind == Kind.COLUMN_DELETION
                  ? row.localDeletionSeconds()
                  : 0;
      facts.add(
          new Fact(
              kind,
              row.column(),
              row.hasPath() ? "/" + HexFormat.of().formatHex(row.path()) : "",
              row.timestamp(),
              seconds,
              row.ttl(),
              HexFormat.of().formatHex(row.value())));
    }
  }

  private static Kind kind(RowReader row) {
    return row.isColumnDeletion()
        ? Kind.COLUMN_DELETION
        : row.isTombstone() ? Kind.TOMBSTONE : row.isCounter() ? Kind.COUNTER : Kind.CELL;
  }

  /** What one image says, as text, in its order. */
  static List<String> read(byte[] image) {
    NaiveRow row = new NaiveRow();
    row.add(image);
    return row.facts.stream().map(Fact::toString).toList();
  }

  /** What remains under a deletion of the whole row from outside, as text. */
  List<String> merged(long covering) {
    List<Fact> left = facts.stream().filter(f -> f.timestamp > covering).toList();
    List<Fact> result = new ArrayList<>();
    long shadow =
        left.stream()
            .filter(f -> f.kind == Kind.DELETION)
            .mapToLong(Fact::timestamp)
            .reduce(covering, Math::max);
    List<Fact> unshadowed = left.stream().filter(f -> f.timestamp > shadow).toList();
    unshadowed.stream().filter(f -> f.kind == Kind.LIVENESS).max(RULE).ifPresent(result::add);
    left.stream().filter(f -> f.kind == Kind.DELETION).max(RULE).ifPresent(result::add);
    Map<Integer, List<Fact>> columns = new TreeMap<>();
    unshadowed.stream()
        .filter(f -> f.column > 0)
        .forEach(f -> columns.computeIfAbsent(f.column, c -> new ArrayList<>()).add(f));
    columns.values().forEach(column -> mergeColumn(column, result));
    return result.stream().map(Fact::toString).toList();
  }

  private static void mergeColumn(List<Fact> column, List<Fact> result) {
    long shadow = Long.MIN_VALUE;
    for (Fact fact : column) {
      shadow = fact.isDeletion() ? Math.max(shadow, fact.timestamp) : shadow;
    }
    column.stream().filter(Fact::isDeletion).max(RULE).ifPresent(result::add);
    Map<String, List<Fact>> cells = new TreeMap<>();
    for (Fact fact : column) {
      if (!fact.isDeletion() && fact.timestamp > shadow) {
        cells.computeIfAbsent(fact.path, p -> new ArrayList<>()).add(fact);
      }
    }
    cells.values().forEach(versions -> result.add(winner(versions)));
  }

  private static Fact winner(List<Fact> versions) {
    List<Fact> counters = versions.stream().filter(f -> f.kind == Kind.COUNTER).toList();
    List<Fact> others = versions.stream().filter(f -> f.kind != Kind.COUNTER).toList();
    return others.isEmpty() ? sum(counters) : others.stream().max(RULE).orElseThrow();
  }

  /** The newest shard of each node: 32 hexadecimal digits of id, 16 of clock, 16 of count. */
  private static Fact sum(List<Fact> counters) {
    TreeMap<String, String> shards = new TreeMap<>();
    for (Fact counter : counters) {
      for (int at = 0; at < counter.value.length(); at += 64) {
        shards.merge(
            counter.value.substring(at, at + 32),
            counter.value.substring(at + 32, at + 64),
            (a, b) -> isNewer(a, b) ? a : b);
      }
    }
    StringBuilder value = new StringBuilder();
    shards.forEach((node, shard) -> value.append(node).append(shard));
    long timestamp = counters.stream().mapToLong(Fact::timestamp).max().orElseThrow();
    Fact any = counters.get(0);
    return new Fact(Kind.COUNTER, any.column, any.path, timestamp, 0, 0, value.toString());
  }

  private static boolean isNewer(String a, String b) {
    long clockA = Long.parseUnsignedLong(a.substring(0, 16), 16);
    long clockB = Long.parseUnsignedLong(b.substring(0, 16), 16);
    return clockA != clockB
        ? clockA > clockB
        : Long.parseUnsignedLong(a.substring(16), 16) > Long.parseUnsignedLong(b.substring(16), 16);
  }
}

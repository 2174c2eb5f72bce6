package io.ilion.storage;

import io.ilion.model.data.CounterShards;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.storage.ReadCommand.PartitionRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The deliberately naive twin of the engine: it keeps every cell and every deletion that was ever
 * written, and looks through all of them for each answer.
 */
public final class NaiveStore {
  static final Comparator<byte[]> BYTES = Arrays::compareUnsigned;

  /** One thing that was written about a row; the column is 0 for its liveness. */
  private record Cell(
      byte[] key,
      int column,
      byte[] path,
      long timestamp,
      boolean tombstone,
      int ttl,
      long seconds,
      boolean counter,
      byte[] value) {

    boolean isSeenAt(long now) {
      return now == EVERYTHING || (!tombstone && (ttl == 0 || seconds > now));
    }
  }

  /** A deletion of a range, of a row's column (then with key), or of the row (column 0). */
  private record Erasure(byte[] start, byte[] end, byte[] key, int column, Deletion deletion) {}

  /** Everything about one partition. */
  private static final class Partition {
    Deletion deletion = Deletion.NONE;
    final List<Cell> statics = new ArrayList<>();
    final List<Erasure> staticErasures = new ArrayList<>();
    final List<Cell> cells = new ArrayList<>();
    final List<Erasure> erasures = new ArrayList<>();
  }

  /** The time of those who want everything, what is deleted and expired too. */
  public static final long EVERYTHING = Long.MIN_VALUE;

  private final TreeMap<Long, TreeMap<byte[], Partition>> partitions = new TreeMap<>();
  private final boolean wrongAtTies;

  /** A store that keeps to the rule. */
  public NaiveStore() {
    this(false);
  }

  /** A store that may break the rule at ties, to show that this would be noticed. */
  public NaiveStore(boolean wrongAtTies) {
    this.wrongAtTies = wrongAtTies;
  }

  /** Forgets everything. */
  public void clear() {
    partitions.clear();
  }

  /** Notes an update. */
  public void apply(long token, byte[] update) {
    UpdateReader u = new UpdateReader().wrap(update);
    Partition p =
        partitions
            .computeIfAbsent(token, t -> new TreeMap<>(BYTES))
            .computeIfAbsent(u.partitionKey(), k -> new Partition());
    p.deletion = Deletion.max(p.deletion, u.partitionDeletion());
    if (u.hasStaticRow()) {
      note(
          new byte[0],
          new RowReader().wrap(update, u.staticRowOffset(), u.staticRowLength()),
          p.statics,
          p.staticErasures);
    }
    while (u.nextEntry()) {
      byte[] key = Arrays.copyOfRange(update, u.keyOffset(), u.keyOffset() + u.keyLength());
      if (u.isRow()) {
        note(
            key,
            new RowReader().wrap(update, u.imageOffset(), u.imageLength()),
            p.cells,
            p.erasures);
      } else {
        byte[] end =
            Arrays.copyOfRange(update, u.rangeEndOffset(), u.rangeEndOffset() + u.rangeEndLength());
        p.erasures.add(new Erasure(key, end, null, 0, u.rangeDeletion()));
      }
    }
  }

  private static void note(byte[] key, RowReader row, List<Cell> cells, List<Erasure> erasures) {
    if (row.hasLiveness()) {
      long expires = row.livenessTtl() == 0 ? 0 : row.livenessExpiresAt();
      cells.add(
          new Cell(
              key,
              0,
              new byte[0],
              row.livenessTimestamp(),
              false,
              row.livenessTtl(),
              expires,
              false,
              new byte[0]));
    }
    if (row.hasDeletion()) {
      erasures.add(
          new Erasure(
              null,
              null,
              key,
              0,
              new Deletion(row.deletionTimestamp(), row.deletionLocalSeconds())));
    }
    while (row.nextCell()) {
      if (row.isColumnDeletion()) {
        erasures.add(
            new Erasure(
                null,
                null,
                key,
                row.column(),
                new Deletion(row.timestamp(), row.localDeletionSeconds())));
      } else {
        long seconds =
            row.isTombstone() ? row.localDeletionSeconds() : row.isExpiring() ? row.expiresAt() : 0;
        cells.add(
            new Cell(
                key,
                row.column(),
                row.path(),
                row.timestamp(),
                row.isTombstone(),
                row.ttl(),
                seconds,
                row.isCounter(),
                row.value()));
      }
    }
  }

  /** Whether a wins over b, word for word as the rule is documented. */
  private boolean wins(Cell a, Cell b) {
    if (a.timestamp != b.timestamp) {
      return a.timestamp > b.timestamp;
    }
    boolean aGoes = a.tombstone || a.ttl != 0;
    boolean bGoes = b.tombstone || b.ttl != 0;
    if (aGoes != bGoes) {
      return aGoes;
    }
    if (a.tombstone != b.tombstone) {
      return a.tombstone;
    }
    if (a.seconds != b.seconds) {
      return a.seconds > b.seconds;
    }
    if (a.ttl != b.ttl) {
      return a.ttl < b.ttl;
    }
    return BYTES.compare(a.value, b.value) > 0 != wrongAtTies;
  }

  private static boolean covers(Erasure e, byte[] key, int column) {
    if (e.key != null) {
      return Arrays.equals(e.key, key) && (e.column == 0 || e.column == column);
    }
    return BYTES.compare(e.start, key) <= 0 && BYTES.compare(key, e.end) < 0;
  }

  /**
   * What a read of one partition finds, as lines of text; empty if nothing remains.
   *
   * @param now the time in seconds at which a user looks, or {@link #EVERYTHING}
   */
  public List<String> read(
      long token, byte[] partitionKey, Slices slices, boolean reversed, long now) {
    Map<byte[], Partition> ofToken = partitions.get(token);
    Partition p = ofToken == null ? null : ofToken.get(partitionKey);
    return p == null ? List.of() : read(token, partitionKey, p, slices, reversed, now);
  }

  /** All that a read of one partition finds. */
  public List<String> read(long token, byte[] partitionKey, Slices slices, boolean reversed) {
    return read(token, partitionKey, slices, reversed, EVERYTHING);
  }

  /** All that a read of the whole ring finds. */
  public List<String> scan(Slices slices) {
    return scan(PartitionRange.ALL, slices, false, EVERYTHING);
  }

  /** What a read of a part of the ring finds. */
  public List<String> scan(PartitionRange range, Slices slices, boolean reversed, long now) {
    List<String> lines = new ArrayList<>();
    partitions
        .subMap(range.startToken(), true, range.endToken(), true)
        .forEach(
            (token, byKey) ->
                byKey.forEach(
                    (key, p) -> {
                      int behind =
                          token > range.startToken() || range.startKey() == null
                              ? 1
                              : BYTES.compare(key, range.startKey());
                      if (behind > 0 || (behind == 0 && range.startInclusive())) {
                        lines.addAll(read(token, key, p, slices, reversed, now));
                      }
                    }));
    return lines;
  }

  private List<String> read(
      long token, byte[] partitionKey, Partition p, Slices slices, boolean reversed, long now) {
    List<String> lines = new ArrayList<>();
    String staticLine =
        rowLine(new byte[0], p.statics, p.staticErasures, p.deletion.timestamp(), now);
    if (staticLine != null) {
      lines.add("static" + staticLine);
    }
    TreeMap<byte[], List<Cell>> rows = new TreeMap<>(reversed ? BYTES.reversed() : BYTES);
    p.cells.forEach(c -> rows.computeIfAbsent(c.key, k -> new ArrayList<>()).add(c));
    p.erasures.stream()
        .filter(e -> e.key != null)
        .forEach(e -> rows.computeIfAbsent(e.key, k -> new ArrayList<>()));
    rows.forEach(
        (key, cells) -> {
          boolean inside =
              slices.intervals().stream()
                  .anyMatch(
                      i -> BYTES.compare(i.start(), key) <= 0 && BYTES.compare(key, i.end()) < 0);
          String line =
              inside ? rowLine(key, cells, p.erasures, p.deletion.timestamp(), now) : null;
          if (line != null) {
            lines.add("row " + HexFormat.of().formatHex(key) + line);
          }
        });
    Deletion shown = now == EVERYTHING ? p.deletion : Deletion.NONE;
    if (lines.isEmpty() && shown.isNone()) {
      return List.of();
    }
    lines.add(0, partitionLine(token, partitionKey, shown));
    return lines;
  }

  /** The line that begins a partition. */
  public static String partitionLine(long token, byte[] key, Deletion deletion) {
    return "partition "
        + token
        + " "
        + HexFormat.of().formatHex(key)
        + (deletion.isNone() ? "" : " " + deletion);
  }

  private String rowLine(
      byte[] key, List<Cell> cells, List<Erasure> erasures, long partitionDeletion, long now) {
    long covering = partitionDeletion;
    Deletion rowDeletion = Deletion.NONE;
    TreeMap<Integer, Deletion> columnDeletions = new TreeMap<>();
    for (Erasure e : erasures) {
      if (!covers(e, key, e.column)) {
        continue;
      }
      if (e.key == null) {
        covering = Math.max(covering, e.deletion.timestamp());
      } else if (e.column == 0) {
        rowDeletion = Deletion.max(rowDeletion, e.deletion);
      } else {
        columnDeletions.merge(e.column, e.deletion, Deletion::max);
      }
    }
    long shadow = Math.max(covering, rowDeletion.timestamp());
    TreeMap<Integer, TreeMap<byte[], Cell>> winners = new TreeMap<>();
    for (Cell c : cells) {
      Deletion column = columnDeletions.getOrDefault(c.column, Deletion.NONE);
      if (c.timestamp > Math.max(shadow, column.timestamp())) {
        winners.computeIfAbsent(c.column, k -> new TreeMap<>(BYTES)).merge(c.path, c, this::winner);
      }
    }
    StringBuilder line = new StringBuilder();
    TreeMap<byte[], Cell> liveness = winners.remove(0);
    if (liveness != null && liveness.firstEntry().getValue().isSeenAt(now)) {
      Cell c = liveness.firstEntry().getValue();
      line.append(" live@").append(c.timestamp).append('/').append(c.ttl);
    }
    if (rowDeletion.timestamp() > covering && now == EVERYTHING) {
      line.append(' ').append(rowDeletion);
    }
    TreeMap<Integer, Boolean> columns = new TreeMap<>();
    winners.keySet().forEach(c -> columns.put(c, true));
    columnDeletions.keySet().forEach(c -> columns.put(c, true));
    for (int column : columns.keySet()) {
      Deletion d = columnDeletions.get(column);
      if (d != null && d.timestamp() > shadow && now == EVERYTHING) {
        line.append(" erased ").append(column).append('@').append(d.timestamp());
      }
      winners
          .getOrDefault(column, new TreeMap<>(BYTES))
          .forEach((path, c) -> line.append(c.isSeenAt(now) ? cellText(column, path, c) : ""));
    }
    return line.isEmpty() ? null : line.toString();
  }

  private Cell winner(Cell a, Cell b) {
    if (a.counter && b.counter) {
      byte[] merged = CounterShards.merge(a.value, 0, a.value.length, b.value, 0, b.value.length);
      return new Cell(
          a.key, a.column, a.path, Math.max(a.timestamp, b.timestamp), false, 0, 0, true, merged);
    }
    return wins(b, a) ? b : a;
  }

  private static String cellText(int column, byte[] path, Cell c) {
    return " "
        + column
        + (path.length == 0 ? "" : "[" + HexFormat.of().formatHex(path) + "]")
        + (c.tombstone ? " gone" : "=" + HexFormat.of().formatHex(c.value))
        + "@"
        + c.timestamp
        + "/"
        + c.ttl;
  }

  /** A row that a real read gave, as what this class would write behind its key, or null. */
  public static String rowText(RowReader row, long now) {
    StringBuilder line = new StringBuilder();
    boolean all = now == EVERYTHING;
    if (row.hasLiveness() && (all || row.livenessIsLive(now))) {
      line.append(" live@").append(row.livenessTimestamp()).append('/').append(row.livenessTtl());
    }
    if (row.hasDeletion() && all) {
      line.append(' ').append(new Deletion(row.deletionTimestamp(), row.deletionLocalSeconds()));
    }
    while (row.nextCell()) {
      if (row.isColumnDeletion() && all) {
        line.append(" erased ").append(row.column()).append('@').append(row.timestamp());
      } else if (!row.isColumnDeletion() && (all || row.cellIsLive(now))) {
        line.append(
            cellText(
                row.column(),
                row.path(),
                new Cell(
                    null,
                    0,
                    null,
                    row.timestamp(),
                    row.isTombstone(),
                    row.ttl(),
                    0,
                    row.isCounter(),
                    row.value())));
      }
    }
    return line.isEmpty() ? null : line.toString();
  }
}

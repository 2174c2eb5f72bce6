package io.ilion.tools.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An SSTable that was opened by itself. */
final class SSTableFile implements AutoCloseable {
  private static final long CACHE_BYTES = 32 << 20;
  private static final Pattern TABLE_DIRECTORY =
      Pattern.compile(".*-([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})");

  private static final Pattern NAME = Pattern.compile("sstable-\\d{1,18}\\.v1");

  private final TableFile file;
  private final DataText text;
  private final boolean sure;

  private SSTableFile(TableFile file, DataText text, boolean sure) {
    this.file = file;
    this.text = text;
    this.sure = sure;
  }

  /**
   * Opens a file.
   *
   * @param table the id of its table; null to take it from the name of a directory above
   * @param schema knows the names and types of tables, or does not
   */
  static SSTableFile open(Path path, UUID table, StoredSchema schema) throws IOException {
    SSTableFormat format =
        new SSTableFormat(
            new ReadOnlyFiles(SystemFiles.ofWorkingDirectory()),
            Runnable::run,
            new BlockCache(CACHE_BYTES));
    if (!Files.isRegularFile(path)) {
      throw ToolException.wrongUse(path + ": there is no such file");
    }
    String name = path.getFileName().toString();
    if (!NAME.matcher(name).matches()) {
      throw ToolException.wrongUse(path + " is no SSTable by its name")
          .hint(
              "they are named such as sstable-17.v1, with the number that they were written with");
    }
    long generation = format.generationOf(name);
    UUID named = table == null ? tableOf(path, schema) : table;
    List<UUID> ids = table == null ? schema.idsOfData(named) : List.of(table);
    DataText text = new DataText(schema.table(ids.getFirst(), path));
    String parent = path.toAbsolutePath().getParent().toString();
    CorruptDataException first = null;
    for (UUID id : ids) {
      try {
        return new SSTableFile(open(format, parent, generation, id), text, true);
      } catch (CorruptDataException e) {
        // Whether it is of another id or damaged, which no id helps, is all the same here.
        first = first == null ? e : first;
      }
    }
    if (table == null && !schema.knowsData(named)) {
      return new SSTableFile(open(format, parent, generation, null), text, false);
    }
    throw first;
  }

  private static TableFile open(SSTableFormat format, String parent, long generation, UUID id)
      throws IOException {
    return format.open(parent, generation, new TableOptions(id, "", 0, 1, Map.of(), Map.of(), 0));
  }

  /**
   * Whether it is the file of its number and of the table that is named, as far as can be known; if
   * not, the directory tells another id, as it does of a table that was truncated.
   */
  boolean isSure() {
    return sure;
  }

  private static UUID tableOf(Path path, StoredSchema schema) {
    UUID named = schema.idOfDirectory(path.toAbsolutePath().getParent());
    if (named != null) {
      return named;
    }
    for (Path at = path.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
      Path name = at.getFileName();
      Matcher matcher = TABLE_DIRECTORY.matcher(name == null ? "" : name.toString());
      if (matcher.matches()) {
        return UUID.fromString(
            String.join(
                "-",
                List.of(
                    matcher.group(1),
                    matcher.group(2),
                    matcher.group(3),
                    matcher.group(4),
                    matcher.group(5))));
      }
    }
    throw ToolException.wrongUse(path + ": the directories above do not tell the table's id")
        .hint("--table-id says it; SELECT id FROM system_schema.tables");
  }

  TableFile file() {
    return file;
  }

  /** The names and types of what is in it. */
  DataText text() {
    return text;
  }

  /** Writes everything, or one partition. */
  void dump(Consumer<String> out, long mostPartitions) {
    try (PartitionCursor cursor = file.scan(PartitionRange.ALL, Slices.ALL, null)) {
      for (long i = 0; i < mostPartitions && cursor.next() == PartitionCursor.Step.PARTITION; i++) {
        partition(cursor, out);
      }
    }
  }

  /** Writes the partition of a key; false if the file has none. */
  boolean query(long token, byte[] key, Consumer<String> out) {
    PartitionCursor found = file.partition(token, key, Slices.ALL, null);
    if (found == null) {
      return false;
    }
    try (found) {
      boolean there = found.next() == PartitionCursor.Step.PARTITION;
      if (there) {
        partition(found, out);
      }
      return there;
    }
  }

  /** Writes everything as JSON, a partition on each line. */
  void dumpJson(Consumer<String> out, long mostPartitions) {
    DataJson json = new DataJson(text);
    try (PartitionCursor cursor = file.scan(PartitionRange.ALL, Slices.ALL, null)) {
      for (long i = 0; i < mostPartitions && cursor.next() == PartitionCursor.Step.PARTITION; i++) {
        out.accept(json.partition(cursor));
      }
    }
  }

  private void partition(PartitionCursor cursor, Consumer<String> out) {
    out.accept(
        "partition "
            + text.partitionKey(cursor.partitionKey())
            + " token "
            + cursor.token()
            + (cursor.partitionDeletion().isNone()
                ? ""
                : " deletion " + DataText.deletion(cursor.partitionDeletion())));
    RowReader row = new RowReader();
    if (cursor.staticRow() != null) {
      out.accept("  static" + text.row(row.wrap(cursor.staticRow())));
    }
    RowCursor rows = cursor.rows(Slices.ALL, false);
    for (RowCursor.Step step = rows.next(); step != RowCursor.Step.END; step = rows.next()) {
      String key = text.clusteringKey(rows.keyArray(), rows.keyOffset(), rows.keyLength());
      if (step == RowCursor.Step.ROW) {
        row.wrap(rows.imageArray(), rows.imageOffset(), rows.imageLength());
        out.accept("  row " + key + text.row(row));
      } else {
        out.accept(
            "  range marker "
                + key
                + " before "
                + DataText.deletion(rows.before())
                + " after "
                + DataText.deletion(rows.after()));
      }
    }
  }

  /**
   * Reads everything, by scanning and by key, and compares it with what the file says of itself.
   *
   * @return how many partitions and rows there are
   * @throws io.ilion.model.data.CorruptDataException if something is damaged
   */
  long[] verify() {
    long partitions = 0;
    long rows = 0;
    long last = Long.MIN_VALUE;
    try (PartitionCursor cursor = file.scan(PartitionRange.ALL, Slices.ALL, null)) {
      while (cursor.next() == PartitionCursor.Step.PARTITION) {
        partitions++;
        if (cursor.token() < last) {
          throw ToolException.failed("partition " + partitions + " is out of the order of tokens");
        }
        last = cursor.token();
        RowReader row = new RowReader();
        RowCursor inside = cursor.rows(Slices.ALL, false);
        for (var step = inside.next(); step != RowCursor.Step.END; step = inside.next()) {
          if (step == RowCursor.Step.ROW) {
            rows++;
            row.wrap(inside.imageArray(), inside.imageOffset(), inside.imageLength());
            while (row.nextCell()) {
              row.timestamp();
            }
          }
        }
        if (!query(cursor.token(), cursor.partitionKey(), line -> {})) {
          throw ToolException.failed(
              "the index does not find partition " + text.partitionKey(cursor.partitionKey()));
        }
      }
    }
    if (partitions != file.partitions() || rows != file.rows()) {
      throw ToolException.failed(
          "there are %d partitions and %d rows, but the statistics say %d and %d"
              .formatted(partitions, rows, file.partitions(), file.rows()));
    }
    return new long[] {partitions, rows};
  }

  @Override
  public void close() {
    file.release();
  }
}

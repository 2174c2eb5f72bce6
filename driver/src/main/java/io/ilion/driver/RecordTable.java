package io.ilion.driver;

import io.ilion.driver.codec.CodecException;
import io.ilion.driver.codec.RecordShape;
import io.ilion.driver.internal.Names;
import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.TableMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * A table whose rows are records: the statements that are the same for every table. Each component
 * of the record is the column whose name agrees with its own but for case and underscores.
 *
 * <pre>{@code
 * record Book(UUID id, String title, Set<String> authors) {}
 * RecordTable<Book> books = session.table("book", Book.class);
 * books.insert(new Book(id, "Iliad", Set.of("Homer")));
 * Book book = books.find(id);
 * books.delete(id);
 * }</pre>
 *
 * @param <R> the record
 */
public final class RecordTable<R extends Record> {
  private final Session session;
  private final Class<R> type;
  private final int partitionKeySize;
  private final List<String> key;
  private final PreparedStatement insert;
  private final PreparedStatement find;
  private final PreparedStatement delete;
  private final String select;

  RecordTable(Session session, TableMetadata table, Class<R> type) {
    this.session = session;
    this.type = type;
    RecordShape shape = RecordShape.of(type);
    List<String> columns = new ArrayList<>();
    boolean[] met = new boolean[shape.size()];
    for (ColumnMetadata column : table.columns().values()) {
      int component = shape.indexOf(column.name());
      if (component >= 0 && !met[component]) {
        met[component] = true;
        columns.add(Names.quote(column.name()));
      }
    }
    for (int i = 0; i < met.length; i++) {
      if (!met[i]) {
        throw new CodecException(
            "The table " + table.name() + " has no column for the component " + shape.name(i));
      }
    }
    partitionKeySize = table.partitionKey().size();
    key = new ArrayList<>();
    table.partitionKey().forEach(column -> key.add(Names.quote(column.name())));
    table.clusteringColumns().forEach(column -> key.add(Names.quote(column.name())));
    for (String column : key) {
      if (!columns.contains(column)) {
        throw new CodecException("The record " + type.getName() + " lacks the key " + column);
      }
    }
    String name = Names.quote(table.keyspace()) + "." + Names.quote(table.name());
    select = "SELECT " + String.join(", ", columns) + " FROM " + name;
    insert =
        session.prepare(
            "INSERT INTO "
                + name
                + " ("
                + String.join(", ", columns)
                + ") VALUES ("
                + columns.stream().map(column -> "?").collect(Collectors.joining(", "))
                + ")");
    find = session.prepare(select + where(key.size()));
    delete = session.prepare("DELETE FROM " + name + where(key.size()));
  }

  private String where(int count) {
    return key.stream()
        .limit(count)
        .map(column -> column + " = ?")
        .collect(Collectors.joining(" AND ", " WHERE ", ""));
  }

  /** Writes a row, or writes over the one with its key; a null deletes what the column had. */
  public void insert(R row) {
    session.execute(insert.bindRecord(row));
  }

  /** Writes a row, or writes over the one with its key. */
  public CompletionStage<Page> insertAsync(R row) {
    return session.executeAsync(insert.bindRecord(row));
  }

  /** The statement that writes a row, to be put into a batch or to be given settings. */
  public BoundStatement inserting(R row) {
    return insert.bindRecord(row);
  }

  /** The row of a whole primary key, or null. */
  public R find(Object... wholeKey) {
    Row row = session.execute(bound(find, wholeKey)).one();
    return row == null ? null : row.as(type);
  }

  /** The row of a whole primary key, or null. */
  public CompletionStage<R> findAsync(Object... wholeKey) {
    return session
        .executeAsync(bound(find, wholeKey))
        .thenApply(page -> page.size() == 0 ? null : page.one().as(type));
  }

  /**
   * The rows of a partition, or of the part of it that the clustering columns begin with.
   *
   * @param beginning the partition key, and as many clustering columns as wanted
   */
  public List<R> findAll(Object... beginning) {
    if (beginning.length < partitionKeySize || beginning.length > key.size()) {
      throw new IllegalArgumentException(
          beginning.length + " values for the key " + String.join(", ", key));
    }
    return session.execute(select + where(beginning.length), beginning).as(type);
  }

  /** Deletes the row of a whole primary key. */
  public void delete(Object... wholeKey) {
    session.execute(bound(delete, wholeKey));
  }

  /** Deletes the row of a whole primary key. */
  public CompletionStage<Page> deleteAsync(Object... wholeKey) {
    return session.executeAsync(bound(delete, wholeKey));
  }

  private BoundStatement bound(PreparedStatement statement, Object[] wholeKey) {
    if (wholeKey.length != key.size()) {
      throw new IllegalArgumentException(
          wholeKey.length + " values for the key " + String.join(", ", key));
    }
    return statement.bind(wholeKey);
  }
}

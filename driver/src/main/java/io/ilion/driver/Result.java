package io.ilion.driver;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * All rows of a statement, page by page: whoever iterates waits where a page has not come yet. The
 * next one is asked for when half of a page was taken. Used by one thread at a time, and iterated
 * once.
 *
 * <pre>{@code
 * for (Row row : session.execute("SELECT id, title FROM book")) {
 *   System.out.println(row.getString("title"));
 * }
 * }</pre>
 */
public final class Result implements Iterable<Row> {
  private final Session session;
  private Page page;
  private int position;
  private CompletionStage<Page> following;

  Result(Session session, Page first) {
    this.session = session;
    this.page = first;
  }

  /** The page that is being read: for warnings, the paging state and so on. */
  public Page page() {
    return page;
  }

  /** The columns of the rows; none for statements without rows. */
  public Columns columns() {
    return page.columns();
  }

  /** The next row, or null when there is none. */
  public Row one() {
    return hasNext() ? next() : null;
  }

  /** All rows that were not taken yet. Beware of large results. */
  public List<Row> all() {
    List<Row> rows = new ArrayList<>(page.size() - position);
    forEach(rows::add);
    return rows;
  }

  /** All rows that were not taken yet as records; see {@link Row#as}. */
  public <R extends Record> List<R> as(Class<R> type) {
    List<R> records = new ArrayList<>(page.size() - position);
    forEach(row -> records.add(row.as(type)));
    return records;
  }

  /** The rows that were not taken yet, fetched as the stream is consumed. */
  public Stream<Row> stream() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  /** Of a conditional statement: whether its conditions held. True for others. */
  public boolean wasApplied() {
    return page.wasApplied();
  }

  /** What the server thought worth telling with the first page. */
  public List<String> warnings() {
    return page.warnings();
  }

  /** What the page is that is being read. */
  @Override
  public String toString() {
    return page.toString();
  }

  @Override
  public Iterator<Row> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return Result.this.hasNext();
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return Result.this.next();
      }
    };
  }

  private boolean hasNext() {
    while (position >= page.size()) {
      if (!page.hasMore()) {
        return false;
      }
      CompletionStage<Page> asked = following == null ? page.next() : following;
      following = null;
      page = session.await(asked);
      position = 0;
    }
    return true;
  }

  private Row next() {
    Row row = page.row(position++);
    if (following == null && page.hasMore() && position > page.size() / 2) {
      following = page.next();
    }
    return row;
  }
}

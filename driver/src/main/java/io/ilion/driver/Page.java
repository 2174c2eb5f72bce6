package io.ilion.driver;

import io.ilion.driver.metadata.Node;
import io.ilion.protocol.PackedRows;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What one request brought: the rows of a page, or nothing but success. The further pages are asked
 * for with {@link #next}, or in another process with {@link #pagingState}.
 *
 * <pre>{@code
 * CompletionStage<Integer> count(Page page) {
 *   int here = page.rows().size();
 *   return page.hasMore() ? page.next().thenCompose(this::count).thenApply(n -> n + here)
 *       : CompletableFuture.completedFuture(here);
 * }
 * }</pre>
 */
public final class Page implements Iterable<Row> {
  private final Session session;
  private final Statement<?> statement;
  private final Node node;
  private final ResponseEnvelope envelope;
  private final PackedRows packed;
  private final Columns columns;
  private final Row.Source source;
  private boolean schemaInAgreement = true;

  Page(
      Session session,
      Statement<?> statement,
      Node node,
      ResponseEnvelope envelope,
      Columns columns) {
    this.session = session;
    this.statement = statement;
    this.node = node;
    this.envelope = envelope;
    this.packed = envelope.message() instanceof PackedRows rows ? rows : null;
    this.columns = columns;
    this.source = packed == null ? null : new Row.Source(packed, columns, session.codecs());
  }

  /** The columns of the rows; none for statements without rows. */
  public Columns columns() {
    return columns;
  }

  /** The rows of this page. */
  public List<Row> rows() {
    return source == null ? List.of() : new Rows(source);
  }

  /** How many rows this page has. */
  public int size() {
    return packed == null ? 0 : packed.rowCount();
  }

  /** The row at an index of this page. */
  public Row row(int index) {
    if (index < 0 || index >= size()) {
      throw new IndexOutOfBoundsException(index + " of " + size() + " rows");
    }
    return new Row(source, index);
  }

  /** The first row of this page, or null if it has none. */
  public Row one() {
    return size() == 0 ? null : row(0);
  }

  /** The rows of this page as records; see {@link Row#as}. */
  public <R extends Record> List<R> as(Class<R> type) {
    List<R> records = new ArrayList<>(size());
    for (Row row : this) {
      records.add(row.as(type));
    }
    return records;
  }

  @Override
  public Iterator<Row> iterator() {
    return rows().iterator();
  }

  /** Whether there are further pages. A page may be empty and others follow. */
  public boolean hasMore() {
    return packed != null && packed.pagingState() != null;
  }

  /** Where the next page begins, for {@link Settings#pagingState}, or null after the last. */
  public byte[] pagingState() {
    return packed == null || packed.pagingState() == null ? null : packed.pagingState().clone();
  }

  /** Asks for the next page; fails with IllegalStateException after the last. */
  public CompletionStage<Page> next() {
    if (!hasMore()) {
      return CompletableFuture.failedFuture(new IllegalStateException("This was the last page"));
    }
    return session.executeAsync(statement.pagingState(packed.pagingState()));
  }

  /** Of a conditional statement: whether its conditions held. True for others. */
  public boolean wasApplied() {
    return size() == 0 || row(0).wasApplied();
  }

  /** What the server thought worth telling. */
  public List<String> warnings() {
    return envelope.warnings();
  }

  /** The id of the trace, if one was asked for, else null. */
  public UUID tracingId() {
    return envelope.tracingId();
  }

  /** Bytes of the server's query handler, or null. */
  public Map<String, byte[]> customPayload() {
    return envelope.customPayload();
  }

  /** The node that answered. */
  public Node node() {
    return node;
  }

  /** Of a change of the schema: whether all nodes knew it in time. True for other statements. */
  public boolean isSchemaInAgreement() {
    return schemaInAgreement;
  }

  Page schemaInAgreement(boolean agreement) {
    schemaInAgreement = agreement;
    return this;
  }

  Response message() {
    return envelope.message();
  }

  /** How many rows, and of which columns. */
  @Override
  public String toString() {
    String count = size() + (size() == 1 ? " row of " : " rows of ") + columns;
    return hasMore() ? count + ", and there are more" : count;
  }

  /** A view of the rows: each is made when it is asked for. */
  private static final class Rows extends AbstractList<Row> implements RandomAccess {
    private final Row.Source source;

    Rows(Row.Source source) {
      this.source = source;
    }

    @Override
    public Row get(int index) {
      if (index < 0 || index >= size()) {
        throw new IndexOutOfBoundsException(index + " of " + size() + " rows");
      }
      return new Row(source, index);
    }

    @Override
    public int size() {
      return source.rows().rowCount();
    }
  }
}

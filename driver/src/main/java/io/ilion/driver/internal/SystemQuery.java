package io.ilion.driver.internal;

import io.ilion.driver.ProtocolErrorException;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.model.Consistency;
import io.ilion.model.type.CqlType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.PackedRows;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Reads tables of the system over one connection, all pages of them. */
final class SystemQuery {
  private static final int PAGE_SIZE = 5000;
  private static final CodecRegistry CODECS = CodecRegistry.standard();

  private SystemQuery() {}

  /** A row of such a table. What is absent is null, as what is null. */
  static final class Row {
    private final PackedRows rows;
    private final int index;

    Row(PackedRows rows, int index) {
      this.rows = rows;
      this.index = index;
    }

    /** All columns with values that are not null. */
    Map<String, Object> asMap() {
      Map<String, Object> map = new java.util.LinkedHashMap<>();
      for (ColumnSpec column : rows.metadata().columns()) {
        Object value = get(column.name());
        if (value != null) {
          map.put(column.name(), value);
        }
      }
      return map;
    }

    Object get(String name) {
      List<ColumnSpec> columns = rows.metadata().columns();
      for (int i = 0; i < columns.size(); i++) {
        if (columns.get(i).name().equals(name)) {
          int length = rows.length(index, i);
          CqlType type = Types.of(columns.get(i).type());
          return length < 0
              ? null
              : CODECS.natural(type).decode(rows.bytes(), rows.offset(index, i), length);
        }
      }
      return null;
    }

    <T> T get(String name, Class<T> type) {
      Object value = get(name);
      return type.isInstance(value) ? type.cast(value) : null;
    }

    String text(String name) {
      return get(name, String.class);
    }

    String text(String name, String otherwise) {
      String value = text(name);
      return value == null ? otherwise : value;
    }

    @SuppressWarnings("unchecked")
    List<String> texts(String name) {
      Object value = get(name);
      if (value instanceof Set<?> set) {
        return List.copyOf((Set<String>) set);
      }
      return value instanceof List<?> list ? List.copyOf((List<String>) list) : List.of();
    }

    @SuppressWarnings("unchecked")
    Map<String, String> textMap(String name) {
      return get(name) instanceof Map<?, ?> map ? Map.copyOf((Map<String, String>) map) : Map.of();
    }
  }

  static CompletableFuture<List<Row>> run(Connection connection, String query, Duration timeout) {
    return page(connection, query, timeout, null, new ArrayList<>());
  }

  private static CompletableFuture<List<Row>> page(
      Connection connection, String query, Duration timeout, byte[] state, List<Row> found) {
    QueryParameters parameters = QueryParameters.of(Consistency.ONE).withPaging(PAGE_SIZE, state);
    return Call.send(connection, new Request.Query(query, parameters), timeout)
        .thenCompose(
            response -> {
              PackedRows rows = rows(connection, query, response);
              for (int i = 0; i < rows.rowCount(); i++) {
                found.add(new Row(rows, i));
              }
              return rows.pagingState() == null
                  ? CompletableFuture.completedFuture(found)
                  : page(connection, query, timeout, rows.pagingState(), found);
            });
  }

  private static PackedRows rows(Connection connection, String query, Response response) {
    if (response instanceof PackedRows rows && rows.metadata() != null) {
      return rows;
    }
    throw new ProtocolErrorException("No rows for " + query, connection.address(), null);
  }
}

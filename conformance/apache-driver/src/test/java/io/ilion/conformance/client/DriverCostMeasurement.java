package io.ilion.conformance.client;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.ilion.conformance.load.DriverCost;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What Apache's driver costs, beside ours; not among the tests of the build. */
class DriverCostMeasurement {
  @Test
  void measure() throws Exception {
    try (CqlSession session = DriverSession.open()) {
      DriverCost.measure("apache", new Subject(session));
    }
  }

  private static final class Subject implements DriverCost.Subject {
    private final CqlSession session;
    private PreparedStatement insert;
    private PreparedStatement select;
    private PreparedStatement slice;
    private PreparedStatement insertWide;

    Subject(CqlSession session) {
      this.session = session;
    }

    @Override
    public void execute(String text) {
      session.execute(text);
    }

    @Override
    public void prepare(String insert, String select, String slice, String insertWide) {
      this.insert = session.prepare(insert);
      this.select = session.prepare(select);
      this.slice = session.prepare(slice);
      this.insertWide = session.prepare(insertWide);
    }

    @Override
    public CompletionStage<?> write(long key, byte[] value) {
      return session.executeAsync(insert.bind(key, ByteBuffer.wrap(value)));
    }

    @Override
    public CompletionStage<?> read(long key) {
      return session.executeAsync(select.bind(key)).thenApply(rows -> bytes(rows.one()).length);
    }

    @Override
    public CompletionStage<?> slice(long key) {
      return session.executeAsync(slice.bind(key)).thenApply(Subject::sum);
    }

    private static long sum(AsyncResultSet page) {
      long sum = 0;
      for (Row row : page.currentPage()) {
        sum += row.getInt("c") + bytes(row).length;
      }
      return sum;
    }

    private static byte[] bytes(Row row) {
      ByteBuffer buffer = row.getByteBuffer("v");
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    }

    @Override
    public CompletionStage<?> writeWide(long key, int row, byte[] value) {
      return session.executeAsync(insertWide.bind(key, row, ByteBuffer.wrap(value)));
    }
  }
}

package io.ilion.conformance.driver;

import io.ilion.conformance.load.DriverCost;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Row;
import io.ilion.driver.Session;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What our driver costs; not among the tests of the build. See driver/README.md. */
class DriverCostMeasurement {
  @Test
  void measure() throws Exception {
    try (Session session = Cluster.builder().connect()) {
      DriverCost.measure("ilion", new Subject(session));
    }
  }

  private static final class Subject implements DriverCost.Subject {
    private final Session session;
    private PreparedStatement insert;
    private PreparedStatement select;
    private PreparedStatement slice;
    private PreparedStatement insertWide;

    Subject(Session session) {
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
      return session.executeAsync(insert.bind(key, value));
    }

    @Override
    public CompletionStage<?> read(long key) {
      return session
          .executeAsync(select.bind(key))
          .thenApply(page -> page.one().getBytes("v").length);
    }

    @Override
    public CompletionStage<?> slice(long key) {
      return session.executeAsync(slice.bind(key)).thenApply(Subject::sum);
    }

    private static long sum(Page page) {
      long sum = 0;
      for (Row row : page) {
        sum += row.getInt("c") + row.getBytes("v").length;
      }
      return sum;
    }

    @Override
    public CompletionStage<?> writeWide(long key, int row, byte[] value) {
      return session.executeAsync(insertWide.bind(key, row, value));
    }
  }
}

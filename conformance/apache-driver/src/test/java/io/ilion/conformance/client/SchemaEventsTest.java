package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.SchemaChangeListenerBase;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One session changes the schema; another, which only listens, hears of every change. */
class SchemaEventsTest {
  @Test
  void everyChangeIsAnnounced() throws InterruptedException {
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    try (CqlSession changing = DriverSession.openIn("schema_events_before");
        CqlSession listening = DriverSession.open(new Recorder(events))) {
      changing.execute("DROP KEYSPACE schema_events_before");
      await(events, "keyspace dropped schema_events_before");
      changing.execute("DROP KEYSPACE IF EXISTS schema_events");
      changing.execute(
          "CREATE KEYSPACE schema_events WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 1}");
      await(events, "keyspace created schema_events");
      changing.execute("CREATE TYPE schema_events.u (a int)");
      await(events, "type created u");
      changing.execute("ALTER TYPE schema_events.u ADD b text");
      await(events, "type updated u");
      changing.execute("CREATE TABLE schema_events.t (k int PRIMARY KEY, v text)");
      await(events, "table created t");
      changing.execute("ALTER TABLE schema_events.t ADD w int");
      await(events, "table updated t");
      assertThat(
              listening
                  .getMetadata()
                  .getKeyspace("schema_events")
                  .orElseThrow()
                  .getTable("t")
                  .orElseThrow()
                  .getColumn("w"))
          .isPresent();
      changing.execute("DROP TABLE schema_events.t");
      await(events, "table dropped t");
      changing.execute("DROP TYPE schema_events.u");
      await(events, "type dropped u");
      changing.execute("ALTER KEYSPACE schema_events WITH durable_writes = false");
      await(events, "keyspace updated schema_events");
      changing.execute("DROP KEYSPACE schema_events");
      await(events, "keyspace dropped schema_events");
    }
  }

  private static void await(BlockingQueue<String> events, String expected)
      throws InterruptedException {
    StringBuilder others = new StringBuilder();
    for (String event = events.poll(10, TimeUnit.SECONDS);
        event != null;
        event = events.poll(10, TimeUnit.SECONDS)) {
      if (event.equals(expected)) {
        return;
      }
      others.append(event).append('\n');
    }
    throw new AssertionError("no event '" + expected + "', but\n" + others);
  }

  private static final class Recorder extends SchemaChangeListenerBase {
    private final BlockingQueue<String> events;

    Recorder(BlockingQueue<String> events) {
      this.events = events;
    }

    @Override
    public void onKeyspaceCreated(KeyspaceMetadata keyspace) {
      events.add("keyspace created " + keyspace.getName());
    }

    @Override
    public void onKeyspaceUpdated(KeyspaceMetadata current, KeyspaceMetadata previous) {
      events.add("keyspace updated " + current.getName());
    }

    @Override
    public void onKeyspaceDropped(KeyspaceMetadata keyspace) {
      events.add("keyspace dropped " + keyspace.getName());
    }

    @Override
    public void onTableCreated(TableMetadata table) {
      events.add("table created " + table.getName());
    }

    @Override
    public void onTableUpdated(TableMetadata current, TableMetadata previous) {
      events.add("table updated " + current.getName());
    }

    @Override
    public void onTableDropped(TableMetadata table) {
      events.add("table dropped " + table.getName());
    }

    @Override
    public void onUserDefinedTypeCreated(UserDefinedType type) {
      events.add("type created " + type.getName());
    }

    @Override
    public void onUserDefinedTypeUpdated(UserDefinedType current, UserDefinedType previous) {
      events.add("type updated " + current.getName());
    }

    @Override
    public void onUserDefinedTypeDropped(UserDefinedType type) {
      events.add("type dropped " + type.getName());
    }
  }
}

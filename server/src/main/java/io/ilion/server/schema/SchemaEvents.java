package io.ilion.server.schema;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.UserType;
import io.ilion.protocol.Event;
import io.ilion.protocol.Event.SchemaChange.Change;
import io.ilion.protocol.Event.SchemaChange.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What clients are told when one schema follows another, whoever changed it. */
public final class SchemaEvents {
  private SchemaEvents() {}

  /** The differences; a keyspace that comes or goes stands for all that it holds. */
  @SuppressWarnings("ReferenceEquality") // A quick way past the comparison of whole definitions.
  public static List<Event> between(Schema before, Schema after) {
    List<Event> events = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(before.keyspaces().keySet());
    names.addAll(after.keyspaces().keySet());
    for (String name : names) {
      KeyspaceDefinition was = before.keyspace(name);
      KeyspaceDefinition is = after.keyspace(name);
      if (was == null) {
        events.add(new Event.SchemaChange(Change.CREATED, Target.KEYSPACE, name, null));
      } else if (is == null) {
        events.add(new Event.SchemaChange(Change.DROPPED, Target.KEYSPACE, name, null));
      } else if (was != is) {
        between(was, is, events);
      }
    }
    return events;
  }

  private static void between(KeyspaceDefinition was, KeyspaceDefinition is, List<Event> events) {
    if (!was.replication().equals(is.replication()) || was.durableWrites() != is.durableWrites()) {
      events.add(new Event.SchemaChange(Change.UPDATED, Target.KEYSPACE, is.name(), null));
    }
    if (was.virtual()) {
      return;
    }
    TreeSet<String> types = new TreeSet<>(was.types().keySet());
    types.addAll(is.types().keySet());
    for (String type : types) {
      UserType old = was.types().get(type);
      UserType now = is.types().get(type);
      add(Target.TYPE, is.name(), type, old, now, old != null && old.equals(now), events);
    }
    TreeSet<String> tables = new TreeSet<>(was.tables().keySet());
    tables.addAll(is.tables().keySet());
    for (String table : tables) {
      TableDefinition old = was.tables().get(table);
      TableDefinition now = is.tables().get(table);
      if (old != null && now != null && !old.schemaId().equals(now.schemaId())) {
        add(Target.TABLE, is.name(), table, old, null, false, events);
        old = null;
      }
      add(Target.TABLE, is.name(), table, old, now, isSame(old, now), events);
    }
  }

  private static void add(
      Target target,
      String keyspace,
      String name,
      Object old,
      Object now,
      boolean isSame,
      List<Event> events) {
    if (!isSame) {
      Change change = old == null ? Change.CREATED : now == null ? Change.DROPPED : Change.UPDATED;
      events.add(new Event.SchemaChange(change, target, keyspace, name));
    }
  }

  /** Whether two definitions of a table are one. */
  @SuppressWarnings("ReferenceEquality") // A quick way past the comparison of whole definitions.
  private static boolean isSame(TableDefinition one, TableDefinition other) {
    return one == other
        || one != null && other != null && Arrays.equals(encoded(one), encoded(other));
  }

  private static byte[] encoded(TableDefinition table) {
    // Clients are not told of a truncation.
    TableDefinition of =
        new TableDefinition(
            table.keyspace(),
            table.name(),
            table.schemaId(),
            table.columns(),
            table.droppedColumns(),
            table.nextColumnId(),
            table.properties(),
            table.isVirtual());
    return SchemaCodec.encode(
        new KeyspaceDefinition(
            table.keyspace(), Map.of(), true, Map.of(of.name(), of), Map.of(), table.isVirtual()));
  }
}

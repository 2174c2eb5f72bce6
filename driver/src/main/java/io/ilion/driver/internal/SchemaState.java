package io.ilion.driver.internal;

import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.TableMetadata;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keyspaces as they were read last; tells what has changed. Changed on one event loop. */
final class SchemaState {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaState.class);

  private final ClusterSettings settings;
  private final EventLoop loop;
  private final Runnable publish;
  private final Consumer<Consumer<MetadataListener>> tell;
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();

  private volatile Map<String, KeyspaceMetadata> keyspaces = Map.of();

  /** One refresh after the other, so that an old answer does not come over a newer one. */
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  SchemaState(
      ClusterSettings settings,
      EventLoop loop,
      Runnable publish,
      Consumer<Consumer<MetadataListener>> tell) {
    this.settings = settings;
    this.loop = loop;
    this.publish = publish;
    this.tell = tell;
  }

  Map<String, KeyspaceMetadata> keyspaces() {
    return keyspaces;
  }

  /** Completes when everything was read once, or could not be. */
  CompletableFuture<Void> loaded() {
    return loaded;
  }

  /** Reads no more than what it takes to know where the replicas of a partition are. */
  CompletableFuture<Void> readKeyspaces(Connection connection) {
    return SystemQuery.run(
            connection, "SELECT * FROM system_schema.keyspaces", settings.controlTimeout())
        .thenAcceptAsync(
            rows -> {
              if (keyspaces.isEmpty()) {
                Map<String, KeyspaceMetadata> found = new HashMap<>();
                for (SystemQuery.Row row : rows) {
                  KeyspaceMetadata keyspace = SchemaReader.keyspace(row);
                  found.put(keyspace.name(), keyspace);
                }
                keyspaces = found;
              }
            },
            loop);
  }

  /** Reads keyspaces, or all for null. On the loop. */
  CompletableFuture<Void> refresh(Connection connection, Set<String> names) {
    if (!settings.schemaEnabled()) {
      loaded.complete(null);
      return readReplication(connection);
    }
    last =
        last.handle((done, error) -> null)
            .thenCompose(
                done -> new SchemaReader(connection, settings.controlTimeout()).read(names))
            .thenAcceptAsync(found -> replace(found, names), loop);
    return last.whenComplete(
        (done, error) -> {
          if (error != null) {
            LOG.debug("The schema could not be read", error);
          }
          loaded.complete(null);
        });
  }

  private CompletableFuture<Void> readReplication(Connection connection) {
    keyspaces = Map.of();
    return readKeyspaces(connection).thenRunAsync(publish, loop);
  }

  private void replace(Map<String, KeyspaceMetadata> found, Set<String> names) {
    Map<String, KeyspaceMetadata> before = keyspaces;
    Map<String, KeyspaceMetadata> after = new HashMap<>(before);
    if (names == null) {
      after.clear();
    } else {
      after.keySet().removeAll(names);
    }
    after.putAll(found);
    keyspaces = after;
    publish.run();
    // At the first time everything would be new.
    if (loaded.isDone()) {
      tellDifferences(before, after);
    }
  }

  private void tellDifferences(
      Map<String, KeyspaceMetadata> before, Map<String, KeyspaceMetadata> after) {
    Set<String> names = new HashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      KeyspaceMetadata old = before.get(name);
      KeyspaceMetadata fresh = after.get(name);
      if (Objects.equals(old, fresh)) {
        continue;
      }
      if (old == null) {
        tell.accept(listener -> listener.keyspaceCreated(fresh));
      }
      tellTables(old == null ? Map.of() : old.tables(), fresh == null ? Map.of() : fresh.tables());
      if (fresh == null) {
        tell.accept(listener -> listener.keyspaceDropped(old));
      } else if (old != null) {
        tell.accept(listener -> listener.keyspaceUpdated(old, fresh));
      }
    }
  }

  private void tellTables(Map<String, TableMetadata> before, Map<String, TableMetadata> after) {
    before.forEach(
        (name, old) -> {
          TableMetadata fresh = after.get(name);
          if (fresh == null) {
            tell.accept(listener -> listener.tableDropped(old));
          } else if (!fresh.equals(old)) {
            tell.accept(listener -> listener.tableUpdated(old, fresh));
          }
        });
    after.forEach(
        (name, fresh) -> {
          if (!before.containsKey(name)) {
            tell.accept(listener -> listener.tableCreated(fresh));
          }
        });
  }
}

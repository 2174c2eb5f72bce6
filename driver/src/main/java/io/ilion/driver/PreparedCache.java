package io.ilion.driver;

import io.ilion.protocol.Result;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The statements that were prepared, the least recently used of which is forgotten when there are
 * too many. Who asks for one that is being prepared waits for the same answer.
 */
final class PreparedCache {
  private record Key(String text, String keyspace) {}

  private final Session session;
  private final int limit;

  /** In the order of their last use. */
  private final Map<Key, CompletableFuture<PreparedStatement>> statements =
      new LinkedHashMap<>(16, 0.75f, true);

  PreparedCache(Session session, int limit) {
    this.session = session;
    this.limit = limit;
  }

  CompletableFuture<PreparedStatement> get(String text, String keyspace) {
    String current = keyspace == null ? session.keyspace() : keyspace;
    Key key = new Key(text, current);
    CompletableFuture<PreparedStatement> future;
    synchronized (statements) {
      CompletableFuture<PreparedStatement> known = statements.get(key);
      if (known != null && !known.isCompletedExceptionally()) {
        return known;
      }
      future = new CompletableFuture<>();
      statements.put(key, future);
      if (statements.size() > limit) {
        statements.remove(statements.keySet().iterator().next());
      }
    }
    session
        .executeAsync(new PrepareRequest(text, keyspace, Settings.NONE))
        .whenComplete(
            (page, error) -> {
              if (error != null) {
                forget(key, future);
                future.completeExceptionally(error);
              } else if (page.message() instanceof Result.Prepared answer) {
                future.complete(new PreparedStatement(text, keyspace, session.codecs(), answer));
              } else {
                forget(key, future);
                future.completeExceptionally(
                    new ProtocolErrorException(
                        "Not prepared: " + page.message().opcode(), page.node().address(), null));
              }
            });
    return future;
  }

  private void forget(Key key, CompletableFuture<PreparedStatement> future) {
    synchronized (statements) {
      statements.remove(key, future);
    }
  }
}

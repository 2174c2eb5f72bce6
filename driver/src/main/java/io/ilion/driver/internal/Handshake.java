package io.ilion.driver.internal;

import io.ilion.driver.Authenticator;
import io.ilion.driver.ConnectionException;
import io.ilion.driver.ProtocolErrorException;
import io.ilion.model.Consistency;
import io.ilion.protocol.Compression;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What is said on a connection before its first request: OPTIONS, STARTUP, credentials, USE. */
final class Handshake {
  private final Connection connection;
  private final ConnectionSettings settings;
  private final String keyspace;
  private Map<String, List<String>> supported = Map.of();
  private Authenticator.Conversation conversation;

  private Handshake(Connection connection, ConnectionSettings settings, String keyspace) {
    this.connection = connection;
    this.settings = settings;
    this.keyspace = keyspace;
  }

  /**
   * Opens the conversation.
   *
   * @param keyspace to be used by the connection, or null
   * @return what the server supports, when the connection is ready
   */
  static CompletableFuture<Map<String, List<String>>> begin(
      Connection connection, ConnectionSettings settings, String keyspace) {
    Handshake handshake = new Handshake(connection, settings, keyspace);
    return handshake
        .call(new Request.Options())
        .thenCompose(handshake::startup)
        .thenCompose(handshake::authenticate)
        .thenCompose(ready -> handshake.useKeyspace())
        .thenApply(ready -> handshake.supported);
  }

  private CompletableFuture<Response> call(Request request) {
    return Call.send(connection, request, settings.connectTimeout());
  }

  private CompletableFuture<Response> startup(Response options) {
    if (!(options instanceof Response.Supported answer)) {
      return unexpected(options);
    }
    supported = answer.options();
    Compression compression = settings.compression();
    Map<String, String> startup = new LinkedHashMap<>();
    startup.put("CQL_VERSION", "3.0.0");
    startup.putAll(settings.startupOptions());
    if (compression != Compression.NONE) {
      if (!supported.getOrDefault("COMPRESSION", List.of()).contains(compression.wireName())) {
        compression = Compression.NONE;
      } else {
        startup.put("COMPRESSION", compression.wireName());
      }
    }
    Compression chosen = compression;
    return call(new Request.Startup(startup))
        .thenApply(
            response -> {
              // On the event loop, before it looks at the bytes behind this answer.
              connection.startup(chosen);
              return response;
            });
  }

  private CompletableFuture<Response> authenticate(Response response) {
    if (response instanceof Response.Ready || response instanceof Response.AuthSuccess) {
      return CompletableFuture.completedFuture(response);
    }
    byte[] token;
    if (response instanceof Response.Authenticate request) {
      if (settings.authenticator() == null) {
        return CompletableFuture.failedFuture(
            new ConnectionException(
                "The server wants to know who we are, and no authenticator was given",
                connection.address(),
                false,
                null));
      }
      conversation = settings.authenticator().begin(connection.address(), request.authenticator());
      token = conversation.initialResponse();
    } else if (response instanceof Response.AuthChallenge challenge && conversation != null) {
      token = conversation.answer(challenge.token());
    } else {
      return unexpected(response);
    }
    return call(new Request.AuthResponse(token)).thenCompose(this::authenticate);
  }

  private CompletableFuture<?> useKeyspace() {
    return keyspace == null
        ? CompletableFuture.completedFuture(null)
        : use(connection, settings, keyspace);
  }

  /** Changes the keyspace of a connection. */
  static CompletableFuture<?> use(
      Connection connection, ConnectionSettings settings, String keyspace) {
    Request use =
        new Request.Query("USE " + Names.quote(keyspace), QueryParameters.of(Consistency.ONE));
    return Call.send(connection, use, settings.connectTimeout())
        .thenCompose(
            response ->
                response instanceof Result.SetKeyspace
                    ? CompletableFuture.completedFuture(response)
                    : Handshake.unexpected(connection, response));
  }

  private CompletableFuture<Response> unexpected(Response response) {
    return unexpected(connection, response);
  }

  private static CompletableFuture<Response> unexpected(Connection connection, Response response) {
    return CompletableFuture.failedFuture(
        new ProtocolErrorException(
            "Unexpected " + response.opcode() + " while the connection was opened",
            connection.address(),
            null));
  }
}

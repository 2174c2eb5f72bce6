package io.ilion.conformance.chaos;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks nodes for what operators ask them for, by their HTTP ports. */
final class Operator implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  /** What a node shows at a path. */
  String get(InetSocketAddress node, String path) throws IOException, InterruptedException {
    return send(request(node, path));
  }

  /** What a node answers to an operation. */
  String run(InetSocketAddress node, String operation, String arguments)
      throws IOException, InterruptedException {
    return send(
        request(node, "/operations/" + operation)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(arguments)));
  }

  private static HttpRequest.Builder request(InetSocketAddress node, String path) {
    return HttpRequest.newBuilder(
        URI.create("http://%s:%d%s".formatted(node.getHostString(), node.getPort(), path)));
  }

  private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client
        .send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Override
  public void close() {
    client.close();
  }
}

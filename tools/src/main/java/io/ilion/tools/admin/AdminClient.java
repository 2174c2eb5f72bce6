package io.ilion.tools.admin;

import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a node by HTTP. */
public final class AdminClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final JsonMapper json = JsonMapper.builder().build();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
  private final String place;
  private final Duration timeout;

  /** A node at a place. */
  public AdminClient(String host, int port, Duration timeout) {
    this.place = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    this.timeout = timeout;
  }

  /** An answer. */
  record Answer(int status, String body) {}

  /** What is behind a path, whatever its status is. */
  Answer get(String path) {
    return send("GET", path, HttpRequest.BodyPublishers.noBody());
  }

  /** The JSON behind a path, if all is well. */
  public JsonNode read(String path) {
    return checked(get(path));
  }

  /** Runs an operation with arguments. */
  public JsonNode post(String path, Map<String, Object> arguments) {
    return checked(
        send(
            "POST",
            path,
            HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(arguments))));
  }

  /** Puts bytes to a path. */
  public JsonNode put(String path, byte[] bytes) {
    return checked(send("PUT", path, HttpRequest.BodyPublishers.ofByteArray(bytes)));
  }

  /** Deletes what is behind a path. */
  JsonNode delete(String path) {
    return checked(send("DELETE", path, HttpRequest.BodyPublishers.noBody()));
  }

  private Answer send(String method, String path, HttpRequest.BodyPublisher body) {
    URI uri;
    try {
      uri = URI.create("http://" + place + path);
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse("'" + place + "' is no host and port").causedBy(e);
    }
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout).method(method, body);
    if (method.equals("POST")) {
      request.header("Content-Type", "application/json");
    }
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.body());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw ToolException.failed("no node answers at " + place)
          .hint(
              "is it running? --host and --http-port say where; the node's setting is http_port."
                  + " Cassandra is asked with --cql HOST")
          .causedBy(e);
    } catch (HttpTimeoutException e) {
      throw ToolException.failed(place + " did not answer within " + timeout.toSeconds() + " s")
          .hint("--timeout gives it longer; its log may say what it does")
          .causedBy(e);
    } catch (IOException e) {
      throw ToolException.failed("the connection to " + place + " broke: " + e.getMessage())
          .causedBy(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ToolException.failed("interrupted").causedBy(e);
    }
  }

  private JsonNode checked(Answer answer) {
    JsonNode node;
    try {
      node = json.readTree(answer.body());
    } catch (JacksonException e) {
      throw ToolException.failed(place + " is no node of Ilion: it does not answer in JSON")
          .causedBy(e);
    }
    if (answer.status() < 300) {
      return node;
    }
    String message =
        node.path("error").asString("the node answered with status " + answer.status());
    throw answer.status() == 400 || answer.status() == 404
        ? ToolException.wrongUse(message)
        : ToolException.failed(message);
  }

  @Override
  public void close() {
    http.close();
  }
}

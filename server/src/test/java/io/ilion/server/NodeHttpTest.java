package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The HTTP port of a node that runs. */
class NodeHttpTest {
  private static Node node;
  private static HttpClient client;
  private static String base;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    node =
        Node.start(
            Config.defaults(2)
                .with(Settings.DATA_DIRECTORY, directory.toString())
                .with(Settings.NATIVE_TRANSPORT_PORT, 0)
                .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, -1)
                .with(Settings.HTTP_PORT, 0)
                .with(Settings.DISK_FREE_RESERVE, 0L));
    client = HttpClient.newHttpClient();
    InetSocketAddress address = node.httpAddress();
    base = "http://" + address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  @AfterAll
  static void stop() {
    client.close();
    node.close();
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(base + path));
  }

  private static HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return send(
        to(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /                 | 200 | /metrics",
        "GET    | /health           | 200 | \"up\"",
        "GET    | /ready            | 200 | \"ready\"",
        "GET    | /metrics          | 200 | ilion_ready 1",
        "GET    | /operations       | 200 | \"name\":\"flush\"",
        "GET    | /tasks            | 200 | \"tasks\":[",
        "GET    | /nothing          | 404 | \"error\"",
        "GET    | /operations/      | 404 | there is no operation named ''",
        "GET    | /operations/a/b   | 404 | nothing at this path",
        "GET    | /operations/flsh  | 404 | there is no operation named 'flsh'",
        "GET    | /operations/flush | 405 | POST",
        "GET    | /tasks/99         | 404 | there is no task '99'",
        "GET    | /tasks/-1         | 404 | there is no task '-1'",
        "DELETE | /tasks/99         | 404 | there is no task '99'",
        "DELETE | /health           | 405 | GET, HEAD",
        "PUT    | /operations/flush | 405 | POST",
        "POST   | /operations/flush | 415 | application/json",
      })
  void pathsAnswer(String method, String path, int status, String contains)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(to(path).method(method, HttpRequest.BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains(contains);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                              | 202 | \"operation\":\"flush\"",
        "{\"keyspace\": \"system\"}      | 202 | \"keyspace\":\"system\"",
        "{\"keyspace\": null}            | 202 | \"arguments\":{}",
        "[]                              | 400 | one object of JSON",
        "{\"keyspace\": 5}               | 400 | '5' is not a value of keyspace",
        "{\"keyspac\": \"system\"}       | 400 | flush does not know 'keyspac'",
        "{\"keyspace\":                  | 400 | this is not JSON",
        "{\"keyspace\": \"a\\nb\"}       | 400 | is not a value of keyspace",
        "{\"tables\": [[[[[[[[[[[[[[[[[[[[ | 400 | this is not JSON",
      })
  void argumentsAreChecked(String body, int status, String contains)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = post("/operations/flush", body);
    assertThat(answer.body()).contains(contains);
    assertThat(answer.statusCode()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/operations/status                               | \"status\":\"UP\"",
        "/operations/status?keyspace=system               | \"owns\":1.0",
        "/operations/status?keyspace=nowhere              | there is no keyspace named 'nowhere'",
        "/operations/ring                                 | \"token\":\"",
        "/operations/describecluster                      | \"schema_versions\":{\"",
        "/operations/describering?keyspace=system         | \"replicas\":[\"127.0.0.1\"]",
        "/operations/gossipinfo                           | \"alive\":true",
        "/operations/getendpoints?keyspace=system&table=local&key=local | \"replicas\":[\"127",
        "/operations/getendpoints?keyspace=system&table=local | getendpoints needs 'key'",
        "/operations/info                                 | \"writes_refused\":false",
        "/operations/version                              | \"cql_version\":\"3.4.7\"",
        "/operations/proxyhistograms                      | \"p99\":",
        "/operations/tablehistograms?keyspace=system&tables=paxos | \"rows_per_read\":{",
        "/operations/tpstats                              | \"pool\":\"lane-0\"",
        "/operations/clientstats                          | \"connections\":[]",
        "/operations/tablestats?keyspace=system           | \"table\":\"paxos\"",
        "/operations/compactionstats                      | \"running\":[]",
        "/operations/getcompactionthroughput              | \"mib_per_second\":64",
        "/operations/listsnapshots                        | \"result\":[",
        "/operations/getlogginglevels                     | \"logger\":\"ROOT\"",
        "/operations/netstats                             | \"mode\":",
        "/operations/netstats                             | \"uploads\":[]",
      })
  void questionsAreAnswered(String path, String contains) throws IOException, InterruptedException {
    assertThat(send(to(path)).body()).contains(contains);
  }

  @Test
  void whatIsChangedIsSeen() throws IOException, InterruptedException {
    assertThat(post("/operations/setcompactionthroughput", "{\"rate\": 16}").body())
        .contains("\"mib_per_second\":16");
    assertThat(post("/operations/setcompactionthroughput", "{\"rate\": -1}").statusCode())
        .isEqualTo(400);
    assertThat(post("/operations/setcompactionthroughput", "{\"rate\": 64}").statusCode())
        .isEqualTo(200);
    assertThat(
            post(
                    "/operations/setlogginglevel",
                    "{\"logger\": \"io.ilion.test\", \"level\": \"DEBUG\"}")
                .body())
        .contains("\"level\":\"DEBUG\"");
    assertThat(send(to("/operations/getlogginglevels")).body()).contains("io.ilion.test");
    assertThat(post("/operations/setlogginglevel", "{\"logger\": \"io.ilion.test\"}").body())
        .contains("\"level\":\"INFO\"");
  }

  @Test
  void aTaskIsFollowedToItsEnd() throws IOException, InterruptedException {
    HttpResponse<String> begun = post("/operations/flush", "{\"keyspace\": \"system\"}");
    String location = begun.headers().firstValue("location").orElseThrow();
    String state = begun.body();
    for (int i = 0; state.contains("RUNNING") && i < 100_000; i++) {
      state = send(to(location)).body();
    }
    assertThat(state).contains("\"state\":\"DONE\"").contains("\"result\":{\"tables\":");
    assertThat(send(to("/tasks")).body()).contains("\"operation\":\"flush\"");
  }

  @Test
  void aPageOfAnotherOriginIsNotServed() throws IOException, InterruptedException {
    assertThat(send(to("/tasks").header("Origin", "http://evil.example")).statusCode())
        .isEqualTo(403);
    assertThat(send(to("/tasks").header("Sec-Fetch-Site", "cross-site")).statusCode())
        .isEqualTo(403);
  }
}

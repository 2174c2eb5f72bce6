package io.ilion.server.http;

import io.ilion.server.operations.ImportUploads;
import io.ilion.server.operations.Operation;
import io.ilion.server.operations.OperationException;
import io.ilion.server.operations.Operations;
import io.ilion.server.operations.Parameter;
import io.ilion.server.operations.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a node serves over HTTP.
 *
 * <ul>
 *   <li>{@code GET /health}: 200 while the node lives and its lanes go on, else 503
 *   <li>{@code GET /ready}: 200 while clients should be sent to it, else 503 and why not
 *   <li>{@code GET /metrics}: in the text format of Prometheus
 *   <li>{@code GET /operations}: what there is; {@code POST /operations/NAME} runs one, with its
 *       arguments as an object of JSON; a long one is answered with 202 and its task. {@code GET
 *       /operations/NAME?PARAMETER=VALUE} runs one that only looks
 *   <li>{@code GET /tasks}, {@code GET /tasks/ID}; {@code DELETE /tasks/ID} asks one to stop
 *   <li>{@code PUT /imports/UPLOAD/FILE?offset=N&crc32c=HEX[&last=true]}: a piece of an SSTable,
 *       for {@link ImportUploads}
 * </ul>
 *
 * <p>A page in a browser of somebody who can reach the port must not be able to use it: what says
 * that it comes from a page of another origin is refused, and a POST has to be of JSON, which a
 * page may not send elsewhere unasked.
 */
public final class NodeHttp implements HttpService {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeHttp.class);
  private static final int DEEPEST_JSON = 16;

  private final NodeState state;

  /** What there is to serve. */
  public interface NodeState {
    /** Completes with null while the node lives, else with why it does not. */
    CompletionStage<String> sickness();

    /** Why clients should not be sent to the node, or null if they should. */
    String unreadiness();

    /** The metrics in the text format of Prometheus. */
    String metrics();

    /** The operations, or null while the node is not so far. */
    Operations operations();

    /** Takes SSTables; null while the node is not so far. */
    ImportUploads uploads();
  }

  /** Made when it is needed first: a node starts faster without. */
  private static final class Json {
    private static final JsonMapper MAPPER =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST_JSON).build())
                    .build())
            .build();
  }

  /** Serves a node. */
  public NodeHttp(NodeState state) {
    this.state = state;
  }

  @Override
  public CompletionStage<HttpAnswer> answer(HttpCall call) {
    if (call.headers().containsKey("origin")
        || "cross-site".equals(call.headers().get("sec-fetch-site"))) {
      return completed(HttpAnswer.error(403, "pages of other origins are not served"));
    }
    String path = call.path();
    return switch (path) {
      case "/" -> onlyGet(call, c -> completed(index()));
      case "/health" -> onlyGet(call, c -> state.sickness().thenApply(NodeHttp::health));
      case "/ready" -> onlyGet(call, c -> completed(ready()));
      case "/metrics" ->
          onlyGet(
              call, c -> completed(HttpAnswer.text(200, HttpAnswer.PROMETHEUS, state.metrics())));
      default -> {
        if (path.equals("/operations")
            || path.startsWith("/operations/")
            || path.equals("/tasks")
            || path.startsWith("/tasks/")) {
          Operations operations = state.operations();
          yield operations == null
              ? completed(HttpAnswer.error(503, "the node is starting"))
              : guarded(() -> administer(call, operations));
        }
        if (path.startsWith("/imports/")) {
          ImportUploads uploads = state.uploads();
          yield uploads == null
              ? completed(HttpAnswer.error(503, "the node is starting"))
              : guarded(() -> upload(call, uploads));
        }
        yield completed(HttpAnswer.error(404, "there is nothing at this path; see /"));
      }
    };
  }

  private static CompletionStage<HttpAnswer> completed(HttpAnswer answer) {
    return CompletableFuture.completedFuture(answer);
  }

  private static CompletionStage<HttpAnswer> onlyGet(
      HttpCall call, Function<HttpCall, CompletionStage<HttpAnswer>> action) {
    return call.method().equals("GET") || call.method().equals("HEAD")
        ? action.apply(call)
        : completed(notAllowed("GET, HEAD"));
  }

  private static HttpAnswer notAllowed(String allowed) {
    return HttpAnswer.error(405, "this path knows " + allowed).with("allow", allowed);
  }

  private static HttpAnswer index() {
    return json(
        200, Map.of("paths", List.of("/health", "/ready", "/metrics", "/operations", "/tasks")));
  }

  private static HttpAnswer health(String sickness) {
    return sickness == null
        ? json(200, Map.of("status", "up"))
        : json(503, Map.of("status", "down", "reason", sickness));
  }

  private HttpAnswer ready() {
    String reason = state.unreadiness();
    return reason == null
        ? json(200, Map.of("status", "ready"))
        : json(503, Map.of("status", "not ready", "reason", reason));
  }

  private static HttpAnswer json(int status, Object value) {
    return HttpAnswer.json(Json.MAPPER, status, value);
  }

  /** Something that is refused with an exception. */
  private interface Action {
    CompletionStage<HttpAnswer> run();
  }

  private static CompletionStage<HttpAnswer> guarded(Action action) {
    CompletionStage<HttpAnswer> answer;
    try {
      answer = action.run();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.exceptionally(NodeHttp::failure);
  }

  private static HttpAnswer failure(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof OperationException refused) {
      return json(
          status(refused.reason()),
          Map.of("error", refused.getMessage(), "reason", refused.reason().name()));
    }
    LOGGER.warn("a request by HTTP failed", cause);
    return json(500, Map.of("error", Operations.messageOf(cause), "reason", "FAILED"));
  }

  private static int status(OperationException.Reason reason) {
    return switch (reason) {
      case BAD_ARGUMENT -> 400;
      case NOT_FOUND -> 404;
      case REFUSED, CANCELLED -> 409;
      case BUSY -> 429;
      case FAILED -> 500;
    };
  }

  private static CompletionStage<HttpAnswer> administer(HttpCall call, Operations operations) {
    String[] parts = call.path().substring(1).split("/", -1);
    if (parts.length > 2) {
      return completed(HttpAnswer.error(404, "there is nothing at this path; see /"));
    }
    if (parts[0].equals("operations")) {
      return parts.length == 1
          ? onlyGet(call, c -> completed(list(operations)))
          : operate(call, operations, parts[1]);
    }
    return parts.length == 1
        ? onlyGet(call, c -> completed(tasks(operations)))
        : task(call, operations, parts[1]);
  }

  private static CompletionStage<HttpAnswer> upload(HttpCall call, ImportUploads uploads) {
    String[] parts = call.path().substring(1).split("/", -1);
    if (parts.length != 3) {
      return completed(HttpAnswer.error(404, "there is nothing at this path; see /"));
    }
    if (!call.method().equals("PUT")) {
      return completed(notAllowed("PUT"));
    }
    long offset;
    long checksum;
    try {
      offset = Long.parseUnsignedLong(call.query().getOrDefault("offset", ""));
      checksum = Long.parseLong(call.query().getOrDefault("crc32c", ""), 16);
    } catch (NumberFormatException e) {
      throw OperationException.badArgument("offset is a number, crc32c one of hexadecimal digits");
    }
    boolean isLast = call.query().getOrDefault("last", "false").equals("true");
    return uploads
        .append(parts[1], parts[2], offset, checksum, isLast, call.body())
        .thenApply(size -> json(200, Map.of("bytes", size)));
  }

  private static HttpAnswer list(Operations operations) {
    return json(
        200, Map.of("operations", operations.list().stream().map(NodeHttp::describe).toList()));
  }

  private static Map<String, Object> describe(Operation operation) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", operation.name());
    json.put("description", operation.description());
    json.put("changes_node", operation.changesNode());
    json.put("is_long", operation.isLong());
    json.put("parameters", operation.parameters().stream().map(NodeHttp::describe).toList());
    return json;
  }

  private static <T> Map<String, Object> describe(Parameter<T> parameter) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", parameter.name());
    json.put("type", parameter.type().name());
    json.put("description", parameter.description());
    json.put("is_required", parameter.isRequired());
    json.put("is_positional", parameter.isPositional());
    if (parameter.byDefault() != null) {
      json.put("default", parameter.type().toJson(parameter.byDefault()));
    }
    return json;
  }

  private static CompletionStage<HttpAnswer> operate(
      HttpCall call, Operations operations, String name) {
    Operation operation = operations.find(name);
    if (operation == null) {
      throw OperationException.notFound("there is no operation named '" + name + "'");
    }
    if (call.method().equals("GET") && !operation.changesNode()) {
      return result(operations.run(name, call.query()));
    }
    if (!call.method().equals("POST")) {
      return completed(notAllowed(operation.changesNode() ? "POST" : "GET, POST"));
    }
    String type = call.headers().getOrDefault("content-type", "");
    if (!type.equals(HttpAnswer.JSON) && !type.startsWith(HttpAnswer.JSON + ";")) {
      return completed(HttpAnswer.error(415, "arguments come as " + HttpAnswer.JSON));
    }
    if (!call.query().isEmpty()) {
      throw OperationException.badArgument("arguments of a POST stand in its body");
    }
    Map<String, Object> arguments = arguments(call.body());
    if (operation.isLong()) {
      Task task = operations.begin(name, arguments);
      return completed(
          json(202, Map.of("task", task.toJson())).with("location", "/tasks/" + task.id()));
    }
    return result(operations.run(name, arguments));
  }

  private static CompletionStage<HttpAnswer> result(CompletionStage<Object> outcome) {
    return outcome.thenApply(
        value -> {
          Map<String, Object> json = new LinkedHashMap<>();
          json.put("result", value);
          return json(200, json);
        });
  }

  @SuppressWarnings("unchecked") // An object of JSON has names that are text.
  private static Map<String, Object> arguments(byte[] body) {
    if (body.length == 0) {
      return Map.of();
    }
    try {
      JsonNode node = Json.MAPPER.readTree(body);
      if (!node.isObject()) {
        throw OperationException.badArgument("arguments are one object of JSON");
      }
      return Json.MAPPER.treeToValue(node, Map.class);
    } catch (JacksonException e) {
      throw OperationException.badArgument("this is not JSON: " + e.getOriginalMessage());
    }
  }

  private static HttpAnswer tasks(Operations operations) {
    return json(200, Map.of("tasks", operations.tasks().stream().map(Task::toJson).toList()));
  }

  private static CompletionStage<HttpAnswer> task(
      HttpCall call, Operations operations, String idText) {
    Task task = idText.matches("\\d{1,18}") ? operations.task(Long.parseLong(idText)) : null;
    if (task == null) {
      throw OperationException.notFound("there is no task '" + idText + "'");
    }
    if (call.method().equals("DELETE")) {
      operations.cancel(task.id());
    } else if (!call.method().equals("GET")) {
      return completed(notAllowed("GET, DELETE"));
    }
    return completed(json(200, Map.of("task", task.toJson())));
  }
}

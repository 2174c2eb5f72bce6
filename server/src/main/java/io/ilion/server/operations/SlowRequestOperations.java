package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.server.cql.SlowRequests;
import io.ilion.server.cql.SlowRequests.Slow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Which requests took long, and what that means. */
public final class SlowRequestOperations {
  private static final Parameter<Duration> THRESHOLD =
      Parameter.required(
              "threshold",
              ParameterType.MILLIS_TEXT,
              "milliseconds, or such as 2s; 0 to log nothing")
          .positional();

  private SlowRequestOperations() {}

  /** The operations. */
  public static List<Operation> of(SlowRequests requests) {
    return List.of(
        Operation.query(
            "slowqueries",
            "the last requests that took longer than the threshold, the newest first",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(last(requests))),
        Operation.query(
            "getslowquerythreshold",
            "how long a request takes that is logged as slow",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(threshold(requests))),
        Operation.change(
            "setslowquerythreshold",
            "changes which requests are logged as slow, until the next start",
            List.of(THRESHOLD),
            (arguments, progress) -> {
              requests.setThresholdMicros(arguments.get(THRESHOLD).toNanos() / 1000);
              return CompletableFuture.completedFuture(threshold(requests));
            }));
  }

  private static Map<String, Object> threshold(SlowRequests requests) {
    return object("threshold_ms", requests.thresholdMicros() / 1e3);
  }

  private static List<Object> last(SlowRequests requests) {
    List<Object> rows = new ArrayList<>();
    for (Slow slow : requests.last()) {
      rows.add(
          object(
              "ended_millis", slow.endedMillis(),
              "took_ms", slow.micros() / 1e3,
              "client", slow.client(),
              "user", slow.user(),
              "keyspace", slow.keyspace(),
              "request", slow.text()));
    }
    return rows;
  }
}

package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.server.cql.LiveTimeouts;
import io.ilion.server.cql.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** How long requests may take, by the names that nodetool has for their kinds. */
public final class TimeoutOperations {
  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Parameter<String> TYPE =
      Parameter.optional(
              "type",
              ParameterType.TEXT,
              "read, range, write, counterwrite, cascontention, truncate or misc; all if it is left"
                  + " out")
          .positional();
  private static final Parameter<String> TYPE_TO_SET =
      Parameter.required(
              "type",
              ParameterType.TEXT,
              "read, range, write, counterwrite, cascontention, truncate or misc")
          .positional();
  private static final Parameter<Duration> TIMEOUT =
      Parameter.required(
              "timeout", ParameterType.MILLIS_TEXT, "milliseconds, or with a unit such as 5s")
          .positional();

  private TimeoutOperations() {}

  /** The operations. */
  public static List<Operation> of(LiveTimeouts timeouts) {
    return List.of(
        Operation.query(
            "gettimeout",
            "how long requests of clients may take",
            List.of(TYPE),
            (arguments, progress) ->
                CompletableFuture.completedFuture(shown(timeouts.get(), arguments.get(TYPE)))),
        Operation.change(
            "settimeout",
            "changes how long requests may take, until the next start",
            List.of(TYPE_TO_SET, TIMEOUT),
            (arguments, progress) -> change(timeouts, arguments)));
  }

  private static Map<String, Duration> byType(Timeouts timeouts) {
    Map<String, Duration> byType = new LinkedHashMap<>();
    byType.put("read", timeouts.read());
    byType.put("range", timeouts.range());
    byType.put("write", timeouts.write());
    byType.put("counterwrite", timeouts.counter());
    byType.put("cascontention", timeouts.contention());
    byType.put("truncate", timeouts.truncate());
    byType.put("misc", timeouts.other());
    return byType;
  }

  private static List<Object> shown(Timeouts timeouts, String type) {
    List<Object> rows = new ArrayList<>();
    String only = type == null ? null : known(timeouts, type);
    byType(timeouts)
        .forEach(
            (each, timeout) -> {
              if (only == null || only.equals(each)) {
                rows.add(object("type", each, "timeout_ms", timeout.toMillis()));
              }
            });
    return rows;
  }

  private static String known(Timeouts timeouts, String given) {
    String type = given.toLowerCase(Locale.ROOT);
    if (!byType(timeouts).containsKey(type)) {
      throw OperationException.badArgument(
          "there is no timeout of type '"
              + given
              + "'; there is "
              + String.join(", ", byType(timeouts).keySet()));
    }
    return type;
  }

  private static CompletionStage<Object> change(LiveTimeouts timeouts, Arguments arguments) {
    String type = known(timeouts.get(), arguments.get(TYPE_TO_SET));
    Duration timeout = arguments.get(TIMEOUT);
    if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw OperationException.badArgument("a timeout is from 10 ms to 1 day");
    }
    // Operations run one after another, so nothing is lost between reading and writing.
    Map<String, Duration> changed = byType(timeouts.get());
    changed.put(type, timeout);
    timeouts.set(
        new Timeouts(
            changed.get("read"),
            changed.get("range"),
            changed.get("write"),
            changed.get("counterwrite"),
            changed.get("cascontention"),
            changed.get("truncate"),
            changed.get("misc")));
    return CompletableFuture.completedFuture(shown(timeouts.get(), type));
  }
}

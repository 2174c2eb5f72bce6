package io.ilion.server.operations;

import io.ilion.coordinator.replica.read.StreamThroughput;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** How fast a node gives what others fetch while nodes come and go. */
public final class StreamThroughputOperations {
  private static final Parameter<Long> LIMIT =
      Parameter.required(
              "throughput", ParameterType.SPEED_TEXT, "of a second, such as 25MiB; 0 for no limit")
          .positional();

  private StreamThroughputOperations() {}

  /** The operations that show and change a limit. */
  public static List<Operation> of(StreamThroughput throughput) {
    return List.of(
        Operation.query(
            "getstreamthroughput",
            "how fast the node may give what others fetch",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(state(throughput))),
        Operation.change(
            "setstreamthroughput",
            "changes how fast the node may give what others fetch, until its next start",
            List.of(LIMIT),
            (arguments, progress) -> {
              throughput.set(arguments.get(LIMIT));
              return CompletableFuture.completedFuture(state(throughput));
            }));
  }

  private static Map<String, Object> state(StreamThroughput throughput) {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("bytes_per_second", throughput.get());
    state.put("bytes_given", throughput.bytes());
    return state;
  }
}

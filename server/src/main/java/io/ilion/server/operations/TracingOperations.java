package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.server.tracing.Tracer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Which requests are traced though their clients do not ask for it. */
public final class TracingOperations {
  private static final Parameter<Double> PROBABILITY =
      Parameter.required(
              "probability",
              ParameterType.NUMBER,
              "of each request to be traced: 0 for none, 0.001 for one in a thousand, 1 for all")
          .positional();

  private TracingOperations() {}

  /** The operations. */
  public static List<Operation> of(Tracer tracer) {
    return List.of(
        Operation.query(
            "gettraceprobability",
            "which share of requests is traced though nobody asks for it",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(state(tracer))),
        Operation.change(
            "settraceprobability",
            "traces a share of all requests into system_traces, until the next start",
            List.of(PROBABILITY),
            (arguments, progress) -> {
              double probability = arguments.get(PROBABILITY);
              if (probability < 0 || probability > 1) {
                throw OperationException.badArgument("a probability is from 0 to 1");
              }
              tracer.setProbability(probability);
              return CompletableFuture.completedFuture(state(tracer));
            }));
  }

  private static Map<String, Object> state(Tracer tracer) {
    return object("trace_probability", tracer.probability());
  }
}

package io.ilion.server.cql;

import io.ilion.coordinator.write.WriteProgress;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Clock;
import io.ilion.server.tracing.Tracer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes traces as a client would write them. */
final class TraceWriter implements Tracer.Sink {
  private static final Logger LOGGER = LoggerFactory.getLogger(TraceWriter.class);

  private final Clock clock;
  private final Supplier<Schema> schema;
  private final StatementPlanner planner;
  private final Writer writer;
  private final RequestFunctions.Shared functions;

  TraceWriter(
      Clock clock,
      Supplier<Schema> schema,
      StatementPlanner planner,
      Writer writer,
      RequestFunctions.Shared functions) {
    this.clock = clock;
    this.schema = schema;
    this.planner = planner;
    this.writer = writer;
    this.functions = functions;
  }

  @Override
  public void write(String cql, List<Object[]> rows, Runnable then) {
    if (rows.isEmpty()) {
      then.run();
      return;
    }
    AtomicInteger left = new AtomicInteger(rows.size());
    try {
      PreparedPlan.Modifying planned =
          (PreparedPlan.Modifying) planner.plan(cql, null, schema.get());
      for (Object[] row : rows) {
        writer.write(
            bind(planned, row),
            Consistency.ANY,
            clock.wallSeconds(),
            warning -> {},
            new WriteProgress(),
            failure -> {
              report(failure);
              if (left.decrementAndGet() == 0) {
                then.run();
              }
            });
      }
    } catch (RuntimeException e) {
      report(e);
    }
  }

  private BoundModification bind(PreparedPlan.Modifying planned, Object[] values) {
    byte[][] bound = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      bound[i] = planned.variables().get(i).type().encode(values[i]);
    }
    RequestFunctions context = new RequestFunctions(clock.wallMillis(), functions);
    return planned
        .plan()
        .bind(new Evaluation(bound, context), clock.wallMicros(), clock.wallSeconds());
  }

  private static void report(Throwable failure) {
    if (failure != null) {
      LOGGER.warn("a trace could not be written: {}", failure.toString());
    }
  }
}

package io.ilion.server.cql;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.read.ReadOptions;
import io.ilion.coordinator.read.ReadProfile;
import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.read.Rows;
import io.ilion.coordinator.replica.read.ReadProgress;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.CqlException;
import io.ilion.protocol.Digest;
import io.ilion.protocol.QueryParameters;
import io.ilion.runtime.Lane;
import io.ilion.server.Exchange;
import java.util.List;

/** Executes SELECT. Safe to call from any lane. */
final class ReadRequests {
  /** The values of a larger request are looked through beside the lanes. */
  private static final int LARGE_BYTES = 64 << 10;

  private final RequestContext context;
  private final Reader reader;
  private final Writer writer;
  private final Lane computed;

  /**
   * Creates it.
   *
   * @param writer completes conditional statements before serial reads
   * @param computed where virtual tables are computed
   */
  ReadRequests(RequestContext context, Reader reader, Writer writer, Lane computed) {
    this.writer = writer;
    this.context = context;
    this.reader = reader;
    this.computed = computed;
  }

  /** Executes a SELECT, and answers it. */
  void select(
      Exchange exchange,
      PreparedPlan.Selecting selecting,
      QueryParameters parameters,
      Digest knownMetadata) {
    boolean range = check(selecting, parameters);
    Evaluation evaluation = context.evaluation(selecting.variables(), parameters.values());
    ReadOptions options = options(exchange, parameters, null);
    Rows.Callback callback =
        (rows, failure) -> {
          if (!exchange.claim()) {
            return;
          }
          if (failure != null) {
            exchange.fail(context.failures().ofRead(failure, parameters.consistency()));
          } else {
            long micros =
                context
                    .metrics()
                    .read(
                        selecting.plan().table().schemaId(),
                        range,
                        exchange.startedNanos(),
                        rows.count(),
                        rows.tombstones());
            context.took(exchange, micros);
            Answers.rows(exchange, selecting.columns(), rows, parameters, knownMetadata);
          }
        };
    read(exchange, selecting, evaluation, options, callback);
  }

  /** Refuses what cannot be read so; true if a range is to be read. */
  boolean check(PreparedPlan.Selecting selecting, QueryParameters parameters) {
    boolean range = !selecting.plan().restrictions().hasPartitionKeys();
    context
        .consistency()
        .checkRead(selecting.plan().table(), range, parameters.consistency(), context.schema());
    return range;
  }

  /**
   * How a client wants to read.
   *
   * @param profile notes what happens, or null
   */
  ReadOptions options(Exchange exchange, QueryParameters parameters, ReadProfile profile) {
    return new ReadOptions(
        parameters.consistency(),
        parameters.pageSize() == QueryParameters.NO_PAGE_SIZE ? 0 : parameters.pageSize(),
        parameters.pagingState(),
        context.nowSeconds(parameters),
        exchange::warn,
        profile == null ? new ReadProgress() : ReadProgress.observed(profile),
        exchange::isClaimed,
        profile);
  }

  /** Reads a page that has been checked. */
  void read(
      Exchange exchange,
      PreparedPlan.Selecting selecting,
      Evaluation evaluation,
      ReadOptions options,
      Rows.Callback callback) {
    boolean range = !selecting.plan().restrictions().hasPartitionKeys();
    context.deadlines(exchange).read(exchange, options.consistency(), range, options.progress());
    if (selecting.plan().table().isVirtual()) {
      // Computing them may take long, and may ask the disk.
      computed.execute(
          () ->
              Planning.attempt(
                  exchange, () -> reader.read(selecting.read(), evaluation, options, callback)));
    } else if (!range && options.consistency().isSerial()) {
      List<byte[]> keys = selecting.plan().restrictions().partitionKeys(evaluation);
      if (keys.size() > 1) {
        throw CqlException.invalid(
            "SERIAL/LOCAL_SERIAL consistency may only be requested for one partition at a time");
      }
      WriteCallback settled =
          failure -> {
            if (failure != null) {
              callback.done(null, failure);
            } else {
              reader.read(selecting.read(), evaluation, options, callback);
            }
          };
      if (keys.isEmpty()) {
        settled.done(null);
      } else {
        writer.settle(selecting.plan().table(), keys.get(0), options.consistency(), settled);
      }
    } else {
      if (range) {
        context.traces().event("Computing ranges to query");
      }
      if (exchange.size() > LARGE_BYTES) {
        reader.readLarge(selecting.read(), evaluation, options, context.lane(exchange), callback);
      } else {
        reader.read(selecting.read(), evaluation, options, callback);
      }
    }
  }
}

package io.ilion.bench.load.run;

import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.report.StatementResult;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * Gathers what the statements of a phase did, interval by interval and in all. What the warm-up did
 * is shown as it comes, and nothing else is kept of it.
 */
final class PhaseRecorder {
  private static final double NANOS = 1e9;

  private final List<String> names;
  private final ServerWatch servers;
  private final HistogramLog log;
  private final long warmUpNanos;
  private final Map<String, Totals> totals = new LinkedHashMap<>();
  private Totals all = new Totals();
  private final List<Sample> samples = new ArrayList<>();
  private boolean isWarm;
  private Instant started;
  private long startNanos;
  private long lastNanos;
  private double startServerSeconds;
  private double lastServerSeconds;
  private double clientSeconds;

  /** Sums of one statement. */
  private static final class Totals {
    final Histogram response = StatementInterval.newHistogram();
    final Histogram service = StatementInterval.newHistogram();
    final Map<String, Long> errors = new TreeMap<>();
    long rows;

    void add(StatementInterval interval) {
      response.add(interval.response());
      service.add(interval.service());
      rows += interval.rows();
      interval.errors().forEach((kind, count) -> errors.merge(kind, count, Long::sum));
    }

    StatementResult result(String name) {
      return new StatementResult(
          name,
          response.getTotalCount(),
          rows,
          errors,
          Percentiles.of(response),
          Percentiles.of(service),
          encoded(response),
          encoded(service));
    }

    private static String encoded(Histogram histogram) {
      ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
      int length = histogram.encodeIntoCompressedByteBuffer(buffer);
      byte[] bytes = new byte[length];
      buffer.get(0, bytes);
      return Base64.getEncoder().encodeToString(bytes);
    }
  }

  /** A recorder of these statements that also writes a log, unless that is null. */
  PhaseRecorder(List<String> names, ServerWatch servers, HistogramLog log, Duration warmUp) {
    this.names = names;
    this.servers = servers;
    this.log = log;
    this.warmUpNanos = warmUp.toNanos();
    this.isWarm = warmUp.isZero();
    begin(0);
  }

  /** What was recorded so far does not count; what does begins so many nanoseconds in the phase. */
  private void begin(long nanos) {
    started = Instant.now();
    all = new Totals();
    totals.clear();
    names.forEach(name -> totals.put(name, new Totals()));
    samples.clear();
    startNanos = nanos;
    lastNanos = nanos;
    startServerSeconds = servers.processorSeconds();
    lastServerSeconds = startServerSeconds;
    clientSeconds = 0;
    if (log != null && isWarm) {
      log.begin();
    }
  }

  /** The phase is over: if the warm-up was not, nothing was measured. */
  void end() {
    if (!isWarm) {
      begin(lastNanos);
    }
  }

  /** Adds an interval. */
  Sample add(ProcessInterval interval) {
    double server = servers.processorSeconds();
    double seconds = Math.max(1, interval.toNanos() - lastNanos) / NANOS;
    Map<String, Sample.Statement> statements = new LinkedHashMap<>();
    for (StatementInterval statement : interval.statements()) {
      totals.computeIfAbsent(statement.name(), name -> new Totals()).add(statement);
      all.add(statement);
      statements.put(
          statement.name(),
          new Sample.Statement(
              statement.response().getTotalCount(),
              statement.failures(),
              Percentiles.of(statement.response()),
              Percentiles.of(statement.service())));
      if (log != null && isWarm) {
        log.add(statement, lastNanos - startNanos, interval.toNanos() - startNanos);
      }
    }
    Sample sample =
        new Sample(
            (interval.toNanos() - startNanos) / NANOS,
            seconds,
            interval.underWay(),
            (server - lastServerSeconds) / seconds,
            servers.residentBytes(),
            interval.processorSeconds() / seconds,
            statements,
            servers.metrics());
    samples.add(sample);
    lastNanos = Math.max(lastNanos, interval.toNanos());
    lastServerSeconds = server;
    clientSeconds += interval.processorSeconds();
    if (log != null && isWarm) {
      log.flush();
    }
    if (!isWarm && interval.toNanos() >= warmUpNanos) {
      isWarm = true;
      begin(interval.toNanos());
    }
    return sample;
  }

  /** When what counts began. */
  Instant started() {
    return started;
  }

  List<Sample> samples() {
    return samples;
  }

  double seconds() {
    return (lastNanos - startNanos) / NANOS;
  }

  /** Processor time of the servers for each operation, in microseconds. */
  double serverMicros() {
    return (lastServerSeconds - startServerSeconds) * 1e6 / Math.max(1, count());
  }

  double clientMicros() {
    return clientSeconds * 1e6 / Math.max(1, count());
  }

  private long count() {
    return all.response.getTotalCount();
  }

  StatementResult total() {
    return all.result("total");
  }

  List<StatementResult> statements() {
    List<StatementResult> results = new ArrayList<>();
    totals.forEach(
        (name, sums) -> {
          if (sums.response.getTotalCount() > 0 || !sums.errors.isEmpty()) {
            results.add(sums.result(name));
          }
        });
    return results;
  }
}

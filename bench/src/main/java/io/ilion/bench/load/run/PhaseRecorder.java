package io.ilion.bench.load.run;

import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.report.StatementResult;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Gathers what the statements of a phase did, interval by interval and in all. */
final class PhaseRecorder {
  private static final double NANOS = 1e9;

  private final List<Operation> operations;
  private final ServerWatch servers;
  private final HistogramLog log;
  private final Map<String, Totals> totals = new LinkedHashMap<>();
  private Totals all = new Totals();
  private final List<Sample> samples = new ArrayList<>();
  private long startNanos;
  private long lastNanos;
  private double startServerSeconds;
  private double lastServerSeconds;
  private double startClientSeconds;
  private double lastClientSeconds;

  /** Sums of one statement. */
  private static final class Totals {
    final Histogram response = StatementStats.newHistogram();
    final Histogram service = StatementStats.newHistogram();
    final Map<String, Long> errors = new TreeMap<>();
    long rows;

    void add(StatementStats.Interval interval) {
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

  /** A recorder that also writes a log of histograms, unless that is null. */
  PhaseRecorder(List<Operation> operations, ServerWatch servers, HistogramLog log) {
    this.operations = operations;
    this.servers = servers;
    this.log = log;
    operations.forEach(operation -> totals.put(operation.stats().name(), new Totals()));
  }

  private static double clientSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / NANOS
        : Double.NaN;
  }

  /** What was recorded so far does not count. */
  void begin() {
    all = new Totals();
    totals.replaceAll((name, sums) -> new Totals());
    samples.clear();
    operations.forEach(operation -> operation.stats().next());
    startNanos = System.nanoTime();
    lastNanos = startNanos;
    startServerSeconds = servers.processorSeconds();
    lastServerSeconds = startServerSeconds;
    startClientSeconds = clientSeconds();
    lastClientSeconds = startClientSeconds;
    if (log != null) {
      log.begin();
    }
  }

  /** Ends an interval. */
  Sample next(int underWay) {
    long now = System.nanoTime();
    double server = servers.processorSeconds();
    double client = clientSeconds();
    double seconds = (now - lastNanos) / NANOS;
    Map<String, Sample.Statement> statements = new LinkedHashMap<>();
    for (Operation operation : operations) {
      StatementStats.Interval interval = operation.stats().next();
      long count = interval.response().getTotalCount();
      long failures = interval.failures();
      if (count > 0 || failures > 0) {
        totals.get(interval.name()).add(interval);
        all.add(interval);
        statements.put(
            interval.name(),
            new Sample.Statement(
                count,
                failures,
                Percentiles.of(interval.response()),
                Percentiles.of(interval.service())));
        if (log != null) {
          log.add(interval, lastNanos - startNanos, now - startNanos);
        }
      }
    }
    Sample sample =
        new Sample(
            (now - startNanos) / NANOS,
            seconds,
            underWay,
            (server - lastServerSeconds) / seconds,
            servers.residentBytes(),
            (client - lastClientSeconds) / seconds,
            statements);
    samples.add(sample);
    lastNanos = now;
    lastServerSeconds = server;
    lastClientSeconds = client;
    return sample;
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
    return (lastClientSeconds - startClientSeconds) * 1e6 / Math.max(1, count());
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

package io.ilion.bench.load.spread;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.run.LoadWorker;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.ProcessInterval;
import io.ilion.bench.load.run.Rate;
import io.ilion.bench.load.run.StatementInterval;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** What the runner has, as messages say it, and back. */
final class Wire {
  private static final double MOST_NANOS = 3.6e12;

  private Wire() {}

  static Message.Run run(LoadWorker.Part part, PhaseOptions options) {
    return new Message.Run(
        part,
        options.warmUp().toNanos(),
        options.duration().toNanos(),
        options.cycles(),
        options.rate() == null ? null : options.rate().toString(),
        options.poisson(),
        options.concurrency(),
        options.dispatchers(),
        options.patience().toNanos());
  }

  static PhaseOptions options(Message.Run run) {
    return new PhaseOptions(
        Duration.ofNanos(run.warmUpNanos()),
        Duration.ofNanos(run.durationNanos()),
        run.cycles(),
        run.rate() == null ? null : Rate.parse(run.rate()),
        run.poisson(),
        run.concurrency(),
        run.dispatchers(),
        Duration.ofNanos(run.patienceNanos()),
        0,
        1);
  }

  static Message.Interval interval(ProcessInterval interval) {
    return new Message.Interval(
        interval.fromNanos(),
        interval.toNanos(),
        interval.underWay(),
        interval.processorSeconds(),
        interval.statements().stream()
            .map(
                each ->
                    new Message.Statement(
                        each.name(),
                        encoded(each.response()),
                        encoded(each.service()),
                        each.rows(),
                        each.errors()))
            .toList());
  }

  static ProcessInterval interval(Message.Interval interval) {
    List<StatementInterval> statements =
        interval.statements().stream()
            .map(
                each ->
                    new StatementInterval(
                        each.name(),
                        histogram(each.response()),
                        histogram(each.service()),
                        each.rows(),
                        each.errors()))
            .toList();
    return new ProcessInterval(
        interval.fromNanos(),
        interval.toNanos(),
        interval.underWay(),
        interval.processorSeconds(),
        statements);
  }

  private static byte[] encoded(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    return Arrays.copyOf(buffer.array(), length);
  }

  private static Histogram histogram(byte[] encoded) {
    try {
      Histogram histogram = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(encoded), 0);
      if (histogram.getMaxValue() > MOST_NANOS * 2) {
        throw new BenchException("an agent sent a histogram of another kind");
      }
      return histogram;
    } catch (DataFormatException | RuntimeException e) {
      throw new BenchException("an agent sent a histogram that cannot be read", e);
    }
  }
}

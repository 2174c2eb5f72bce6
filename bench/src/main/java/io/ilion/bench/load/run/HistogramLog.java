package io.ilion.bench.load.run;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes intervals to a histogram log ({@code .hlog}), which HdrHistogram's own tools read: the
 * response times of each statement under the tag of its name, the service times under its name and
 * {@code .service}.
 */
public final class HistogramLog implements AutoCloseable {
  private static final double MILLI = 1e6;

  private final PrintStream out;
  private final HistogramLogWriter writer;
  private final String comment;
  private long baseMillis;

  /** Begins a file; the comment says what it is of. */
  public HistogramLog(Path file, String comment) {
    try {
      out =
          new PrintStream(
              new BufferedOutputStream(Files.newOutputStream(file)), false, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    this.writer = new HistogramLogWriter(out);
    this.comment = comment;
  }

  void begin() {
    baseMillis = System.currentTimeMillis();
    writer.outputComment(comment);
    writer.outputLogFormatVersion();
    writer.outputBaseTime(baseMillis);
    writer.setBaseTime(baseMillis);
    writer.outputStartTime(baseMillis);
    writer.outputLegend();
  }

  void add(StatementInterval interval, long fromNanos, long toNanos) {
    write(interval.response(), interval.name(), fromNanos, toNanos);
    write(interval.service(), interval.name() + ".service", fromNanos, toNanos);
  }

  private void write(Histogram histogram, String tag, long fromNanos, long toNanos) {
    histogram.setTag(tag);
    histogram.setStartTimeStamp(baseMillis + Math.round(fromNanos / MILLI));
    histogram.setEndTimeStamp(baseMillis + Math.round(toNanos / MILLI));
    writer.outputIntervalHistogram(histogram);
  }

  @Override
  public void close() {
    out.close();
  }
}

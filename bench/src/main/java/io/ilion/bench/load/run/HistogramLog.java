package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
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

  private final Path file;
  private final String comment;
  private PrintStream out;
  private HistogramLogWriter writer;
  private long baseMillis;

  /** A log whose file is made when what it is of begins; the comment says what that is. */
  public HistogramLog(Path file, String comment) {
    this.file = file;
    this.comment = comment;
  }

  void begin() {
    try {
      out =
          new PrintStream(
              new BufferedOutputStream(Files.newOutputStream(file)), false, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new BenchException(file + ": cannot be written: " + e.getMessage(), e);
    }
    writer = new HistogramLogWriter(out);
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

  /** Who reads the file finds all that was added. */
  void flush() {
    out.flush();
  }

  @Override
  public void close() {
    if (out != null) {
      out.close();
    }
  }
}

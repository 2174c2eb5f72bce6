package io.ilion.bench.load.report;

import io.ilion.bench.load.BenchException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * One page that shows one run, or several beside each other: it needs no network, no other file and
 * nothing but a browser.
 */
public final class HtmlReport {
  private static final String PLACEHOLDER = "/*DATA*/";
  private static final int STEPS_PER_HALVING = 5;

  private HtmlReport() {}

  /** Writes the page of runs, each with a label. */
  public static void write(Map<String, RunResult> runs, Path file) {
    try {
      Files.writeString(file, text(runs));
    } catch (IOException e) {
      throw ResultFile.notWritten(file, e);
    }
  }

  /** The page of runs. */
  static String text(Map<String, RunResult> runs) {
    List<Map<String, Object>> data = new ArrayList<>();
    runs.forEach(
        (label, run) -> {
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("label", label);
          entry.put("run", withoutHistograms(run));
          entry.put("curves", curves(run));
          data.add(entry);
        });
    List<RunResult> both = List.copyOf(runs.values());
    if (both.size() == 2) {
      data.get(1).put("against", Comparison.of(List.of(both.get(0)), List.of(both.get(1))));
    }
    // Within a script only its end tag would be taken for something else.
    String json = ResultFile.mapper(false).writeValueAsString(data).replace("</", "<\\/");
    return template().replace(PLACEHOLDER, json);
  }

  private static RunResult withoutHistograms(RunResult run) {
    return new RunResult(
        run.version(),
        run.tool(),
        run.started(),
        run.workload(),
        run.description(),
        run.parameters(),
        run.settings(),
        run.server(),
        run.client(),
        run.seconds(),
        run.throughput(),
        run.serverMicrosPerOperation(),
        run.clientMicrosPerOperation(),
        withoutHistograms(run.total()),
        run.statements().stream().map(HtmlReport::withoutHistograms).toList(),
        run.samples());
  }

  private static StatementResult withoutHistograms(StatementResult result) {
    return new StatementResult(
        result.name(),
        result.count(),
        result.rows(),
        result.errors(),
        result.response(),
        result.service(),
        "",
        "");
  }

  /** For each statement the points of its curve: percentile, microseconds. */
  private static Map<String, List<double[]>> curves(RunResult run) {
    Map<String, List<double[]>> curves = new LinkedHashMap<>();
    List<StatementResult> all = new ArrayList<>(run.statements());
    all.add(run.total());
    for (StatementResult statement : all) {
      List<double[]> points = new ArrayList<>();
      for (HistogramIterationValue value :
          histogram(statement.responseHistogram()).percentiles(STEPS_PER_HALVING)) {
        points.add(
            new double[] {value.getPercentileLevelIteratedTo(), value.getValueIteratedTo() / 1e3});
      }
      curves.put(statement.name(), points);
    }
    return curves;
  }

  private static Histogram histogram(String encoded) {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(encoded)), 0);
    } catch (DataFormatException | IllegalArgumentException | BufferUnderflowException e) {
      throw new BenchException("a result has a histogram that cannot be read", e);
    }
  }

  private static String template() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.html")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

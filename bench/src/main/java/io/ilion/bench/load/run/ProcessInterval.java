package io.ilion.bench.load.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What a process, or several together, did in about a second of a phase.
 *
 * @param fromNanos since the phase began
 * @param toNanos since the phase began
 * @param underWay operations that had begun and not ended
 * @param processorSeconds that the process used meanwhile
 * @param statements those that did something
 */
public record ProcessInterval(
    long fromNanos,
    long toNanos,
    int underWay,
    double processorSeconds,
    List<StatementInterval> statements) {

  /** What several processes did together; the counts of the histograms are added, none is lost. */
  public static ProcessInterval merge(List<ProcessInterval> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    long from = Long.MAX_VALUE;
    long to = 0;
    int underWay = 0;
    double processor = 0;
    Map<String, StatementInterval> statements = new LinkedHashMap<>();
    for (ProcessInterval part : parts) {
      from = Math.min(from, part.fromNanos);
      to = Math.max(to, part.toNanos);
      underWay += part.underWay;
      processor += part.processorSeconds;
      for (StatementInterval statement : part.statements) {
        statements.merge(statement.name(), statement, ProcessInterval::sum);
      }
    }
    return new ProcessInterval(from, to, underWay, processor, new ArrayList<>(statements.values()));
  }

  private static StatementInterval sum(StatementInterval first, StatementInterval second) {
    Histogram response = first.response().copy();
    response.add(second.response());
    Histogram service = first.service().copy();
    service.add(second.service());
    Map<String, Long> errors = new TreeMap<>(first.errors());
    second.errors().forEach((kind, count) -> errors.merge(kind, count, Long::sum));
    return new StatementInterval(
        first.name(), response, service, first.rows() + second.rows(), errors);
  }
}

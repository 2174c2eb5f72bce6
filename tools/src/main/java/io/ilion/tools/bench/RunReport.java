package io.ilion.tools.bench;

import io.ilion.bench.load.report.Comparison;
import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.HtmlReport;
import io.ilion.bench.load.report.Requirement;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.StatementResult;
import io.ilion.bench.load.run.Rate;
import io.ilion.bench.load.workload.StatementSpec;
import io.ilion.bench.load.workload.Workload;
import io.ilion.tools.console.Style;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What {@code ilion bench run} says of what it did: on the terminal, in files, by its exit code.
 */
final class RunReport {
  /** The exit code if a requirement did not hold, or something that was read cannot be. */
  static final int NOT_HELD = 3;

  /** A rate that was reached but for so much was reached. */
  private static final double REACHED = 0.97;

  private static final Pattern READ = Pattern.compile("\\s*SELECT\\b", Pattern.CASE_INSENSITIVE);

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean isJson;
  private final Path name;

  /** What {@link #tried} was told of. */
  private final List<Map<String, Object>> trials = new ArrayList<>();

  /**
   * A report.
   *
   * @param isJson whether results are printed as JSON, and not as text
   * @param name what files begin with; null for none
   */
  RunReport(PrintWriter out, PrintWriter err, boolean isJson, Path name) {
    this.out = out;
    this.err = err;
    this.isJson = isJson;
    this.name = name;
  }

  /** The file beside another with something behind its name. */
  static Path sibling(Path name, String end) {
    return name.resolveSibling(name.getFileName() + end);
  }

  /** Prints a result. */
  void show(RunResult result) {
    if (isJson) {
      out.println(ResultFile.text(result));
    } else {
      new Summary(Style.of(Style.Stream.OUT, System.getenv(), null))
          .lines(result)
          .forEach(out::println);
    }
    out.flush();
  }

  /** Reads that find nothing are fast and say nothing: whoever did not mean that is told. */
  void sayIfNothingWasFound(RunResult result, Workload workload) {
    List<String> reads =
        workload.run().statements().stream()
            .filter(statement -> READ.matcher(statement.cql()).lookingAt())
            .map(StatementSpec::name)
            .toList();
    List<StatementResult> read =
        result.statements().stream().filter(each -> reads.contains(each.name())).toList();
    long operations = read.stream().mapToLong(StatementResult::count).sum();
    if (operations > 0 && read.stream().allMatch(each -> each.rows() == 0)) {
      err.printf(
          Locale.ROOT,
          "ilion: none of %,d reads found a row; 'bench run %s --populate only' writes what they"
              + " look for%n",
          operations,
          result.workload());
      err.flush();
    }
  }

  /** Whoever wanted more than was begun learns that it was not the cluster alone that decided. */
  void sayIfTheRateWasNotReached(RunResult result, Rate wanted, int concurrency) {
    long done = result.total().count() + result.total().failures();
    double due = wanted.startingAt() * result.seconds();
    if (wanted.isConstant() && done < REACHED * due - 2 * Math.sqrt(due)) {
      err.printf(
          Locale.ROOT,
          "ilion: %s/s of the %s/s wanted: with %,d under way at most (--concurrency) no more were"
              + " answered, or this process cannot begin them (--processes)%n",
          Figures.number(done / result.seconds()),
          Figures.number(wanted.startingAt()),
          concurrency);
      err.flush();
    }
  }

  /** Prints a result that others follow; JSON has all of them together at the end. */
  void showOne(RunResult result) {
    if (!isJson) {
      show(result);
    }
  }

  /**
   * Prints how Ilion, whose result was shown, and Cassandra did the same work.
   *
   * @param results both, by name
   */
  void compare(RunResult ours, RunResult theirs, Map<String, RunResult> results) {
    List<Comparison.Line> lines = Comparison.of(List.of(theirs), List.of(ours));
    if (isJson) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("runs", results);
      all.put("comparison", ComparisonTable.values("cassandra", "ilion", lines));
      out.println(ResultFile.text(all));
    } else {
      show(theirs);
      out.println();
      new ComparisonTable(Style.of(Style.Stream.OUT, System.getenv(), null))
          .lines("cassandra", "ilion", lines)
          .forEach(out::println);
    }
    out.flush();
  }

  /** Writes one page of all results, if files are wanted. */
  void writePage(Map<String, RunResult> results) {
    if (name != null) {
      HtmlReport.write(results, sibling(name, ".html"));
      err.println("wrote " + name + ".html, and .json and .hlog of each run");
    }
  }

  /** The exit code that follows from a result; what did not hold is said. */
  int judge(RunResult result, List<Requirement> required) {
    int code = 0;
    for (Requirement requirement : required) {
      if (!requirement.isHeldBy(result)) {
        err.println("ilion: " + requirement.explain(result));
        code = NOT_HELD;
      }
    }
    if (Requirement.violations(result.total()) > 0) {
      err.println(
          "ilion: what was read could not be, after what was acknowledged: "
              + result.total().errors());
      code = NOT_HELD;
    }
    return code;
  }

  /** Says what a rate brought that was tried in a search. */
  void tried(double rate, RunResult result) {
    Map<String, Object> trial = new LinkedHashMap<>();
    trial.put("rate", rate);
    trial.put("throughput", result.throughput());
    trial.put("response", result.total().response());
    trial.put("failures", result.total().failures());
    trials.add(trial);
    err.printf(
        Locale.ROOT,
        "%s/s wanted  %s/s done  p50 %s  p99 %s  p99.9 %s  errors %d%n",
        Figures.number(rate),
        Figures.number(result.throughput()),
        Figures.time(result.total().response().p50()),
        Figures.time(result.total().response().p99()),
        Figures.time(result.total().response().p999()),
        result.total().failures());
    err.flush();
  }

  /**
   * Says what a search found, after all that was {@link #tried}.
   *
   * @param best the highest rate, or 0
   * @param wanted the requirements that hold at it
   * @param cutShort whether somebody ended the search, so that higher rates may do
   */
  void found(String workload, double best, List<String> wanted, boolean cutShort) {
    if (isJson) {
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("workload", workload);
      found.put("requirements", wanted);
      found.put("rate", best == 0 ? null : best);
      found.put("trials", trials);
      if (cutShort) {
        found.put(RunResult.CUT_SHORT, "yes");
      }
      out.println(ResultFile.text(found));
    } else if (best == 0) {
      out.println("no rate was found at which " + String.join(", ", wanted));
    } else {
      out.printf(
          Locale.ROOT,
          "%s operations/s with %s%s%n",
          Figures.number(best),
          String.join(", ", wanted),
          cutShort ? ", or more: the search was cut short" : "");
    }
    out.flush();
  }
}

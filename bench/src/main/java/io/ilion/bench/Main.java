package io.ilion.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Optional;

/**
 * Runs the benchmarks and prints both stores side by side. Takes JMH's options; those that are not
 * given are: both one and two threads, two forks of four iterations after five for warming up, of
 * two seconds each, and a heap of 2 GB.
 */
public final class Main {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private Main() {}

  /** Runs what the arguments, JMH's, say. */
  public static void main(String[] arguments)
      throws CommandLineOptionException, RunnerException, java.io.IOException {
    CommandLineOptions given = new CommandLineOptions(arguments);
    if (given.shouldHelp()) {
      given.showHelp();
      return;
    }
    List<RunResult> results = new ArrayList<>();
    Optional<Integer> threads = given.getThreads();
    for (int count : threads.hasValue() ? new int[] {threads.get()} : new int[] {1, 2}) {
      results.addAll(new Runner(options(given, count)).run());
    }
    System.out.print(table(results));
  }

  private static Options options(Options given, int threads) {
    TimeValue seconds = TimeValue.seconds(2);
    return new OptionsBuilder()
        .parent(given)
        .threads(threads)
        .forks(given.getForkCount().orElse(2))
        .warmupIterations(given.getWarmupIterations().orElse(5))
        .warmupTime(given.getWarmupTime().orElse(seconds))
        .measurementIterations(given.getMeasurementIterations().orElse(4))
        .measurementTime(given.getMeasurementTime().orElse(seconds))
        .timeout(TimeValue.minutes(10))
        .timeUnit(TimeUnit.NANOSECONDS)
        .addProfiler(GCProfiler.class)
        .addProfiler(ProcessorTime.class)
        .jvmArgsAppend(
            "-Xmx2g",
            "-Xms2g",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow")
        .build();
  }

  /** Both stores in each line, with the medians of all iterations. */
  static String table(Collection<RunResult> results) {
    Map<String, Map<String, RunResult>> lines = new TreeMap<>();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      String name = params.getBenchmark();
      StringBuilder line = new StringBuilder(name.substring(name.lastIndexOf('.') + 1));
      for (String key : List.of("data", "durable")) {
        if (params.getParam(key) != null) {
          line.append(' ').append(key.equals("durable") ? key + "=" : "");
          line.append(params.getParam(key).toLowerCase(Locale.ROOT));
        }
      }
      line.append(" x").append(params.getThreads());
      lines
          .computeIfAbsent(line.toString(), l -> new TreeMap<>())
          .put(params.getParam("store"), result);
    }
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            "%n%-32s %10s %10s %6s  %10s %10s %6s  %9s %9s%n",
            "", "ns/op", "rocksdb", "ratio", "cpu ns/op", "rocksdb", "ratio", "B/op", "rocksdb"));
    lines.forEach(
        (line, stores) -> {
          double[] ours = figures(stores.get("ilion"));
          double[] theirs = figures(stores.get("rocksdb"));
          table.append(
              String.format(
                  Locale.ROOT,
                  "%-32s %10.0f %10.0f %6.2f  %10.0f %10.0f %6.2f  %9.0f %9.0f%n",
                  line,
                  ours[0],
                  theirs[0],
                  ours[0] / theirs[0],
                  ours[1],
                  theirs[1],
                  ours[1] / theirs[1],
                  ours[2],
                  theirs[2]));
        });
    return table.toString();
  }

  /** Time, processor time and bytes allocated for an operation. */
  private static double[] figures(RunResult result) {
    if (result == null) {
      return new double[] {Double.NaN, Double.NaN, Double.NaN};
    }
    return new double[] {
      result.getPrimaryResult().getStatistics().getPercentile(50),
      median(result, ProcessorTime.LABEL),
      median(result, ALLOCATED)
    };
  }

  private static double median(RunResult run, String label) {
    Result<?> all = run.getSecondaryResults().get(label);
    return all == null ? Double.NaN : all.getStatistics().getPercentile(50);
  }
}

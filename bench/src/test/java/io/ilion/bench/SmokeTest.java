package io.ilion.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Every benchmark runs, on little data and for a moment, so that figures can be had at any time.
 */
class SmokeTest {

  @Test
  void everyBenchmarkRuns() throws RunnerException {
    // Nothing is measured: another benchmark of the machine may run.
    System.setProperty("jmh.ignoreLock", "true");
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("io.ilion.bench")
                    .param("rows", "2000")
                    .param("data", "UNCACHED")
                    .forks(0)
                    .threads(2)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(20))
                    .shouldFailOnError(true)
                    .addProfiler(ProcessorTime.class)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results).hasSize(2 * (3 + 1 + 2));
    String table = Main.table(results);
    for (String line :
        new String[] {
          "present uncached x2", "slice uncached x2", "write durable=true x2", "scan"
        }) {
      assertThat(table).contains(line);
    }
  }
}

package io.ilion.bench.load.report;

import java.util.List;
import java.util.Map;

/**
 * What a run found, and everything that it takes to repeat it. This is the form of the JSON file.
 *
 * @param version of this form
 * @param tool the version of the runner
 * @param started in ISO 8601
 * @param workload its name
 * @param description of the workload
 * @param parameters of the workload, as they were
 * @param settings of the run: rate, concurrency, seed and so on
 * @param server what it said of itself
 * @param client the machine and virtual machine
 * @param seconds that were recorded
 * @param throughput operations that succeeded, for each second
 * @param serverMicrosPerOperation processor time; NaN if not known
 * @param clientMicrosPerOperation processor time of this process
 * @param total of all statements
 * @param statements each by itself
 * @param samples about one for each second
 */
public record RunResult(
    int version,
    String tool,
    String started,
    String workload,
    String description,
    Map<String, String> parameters,
    Map<String, String> settings,
    Map<String, String> server,
    Map<String, String> client,
    double seconds,
    double throughput,
    double serverMicrosPerOperation,
    double clientMicrosPerOperation,
    StatementResult total,
    List<StatementResult> statements,
    List<Sample> samples) {
  /** The version of the form. */
  public static final int VERSION = 1;

  /** The setting that only a run has which was ended before its time. */
  public static final String CUT_SHORT = "cut_short";

  /** Whether somebody ended the run before its time. */
  public boolean cutShort() {
    return settings.containsKey(CUT_SHORT);
  }

  /** The result of a statement by its name, or {@code total}; null if there is none. */
  public StatementResult byName(String name) {
    if (name.equals("total")) {
      return total;
    }
    return statements.stream().filter(each -> each.name().equals(name)).findAny().orElse(null);
  }
}

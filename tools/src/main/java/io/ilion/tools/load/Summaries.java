package io.ilion.tools.load;

import picocli.CommandLine;

/** Prints what was done, and says the exit code. */
final class Summaries {
  private Summaries() {}

  /** To the standard error for a person, or to the standard output as JSON. */
  static int print(LoadSummary summary, boolean json, boolean quiet, CommandLine command) {
    if (json) {
      command.getOut().println(summary.json());
      command.getOut().flush();
    } else if (!quiet || !summary.status().equals("completed")) {
      summary.lines().forEach(command.getErr()::println);
      command.getErr().flush();
    }
    if (!summary.complete()) {
      return 1;
    }
    return summary.bad() > 0 ? LoadCommand.WITH_ERRORS : 0;
  }
}

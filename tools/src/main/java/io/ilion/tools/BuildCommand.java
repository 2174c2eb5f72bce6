package io.ilion.tools;

import io.ilion.server.Release;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code ilion build}: the launcher has built what had to be when this runs, which says so. */
@Command(
    name = "build",
    description = {
      "Builds what has changed in the sources since the last build.",
      "",
      "start, cluster, bench, simulate and convergence do that by themselves. Commands that only"
          + " ask",
      "a node or look into files run as they were built last, and say that sources are newer.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class,
    footerHeading = "%nExamples:%n",
    footer = {"  ilion build && ilion admin status"})
final class BuildCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println("ilion " + Release.version() + " is built");
    return 0;
  }
}

package io.ilion.tools;

import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.model.Consistency;
import io.ilion.tools.console.ToolException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;

/** {@code ilion completion}: a script that completes commands and flags by TAB. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class,
    description = "Prints a script for bash or zsh that completes ilion's commands and flags.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(ilion completion bash)                       now, in bash",
      "  ilion completion bash > ~/.local/share/bash-completion/completions/ilion",
      "  source <(ilion completion zsh)                        now, in zsh",
      "  echo 'source <(ilion completion zsh)' >> ~/.zshrc     always"
    })
final class CompletionCommand implements Callable<Integer> {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]+(\\|[a-z0-9]+)+");

  @CommandLine.Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "bash|zsh", description = "the shell that completes")
  private String shell;

  private final java.util.function.Supplier<CommandLine> everything;

  /** A command that completes those below this one. */
  CompletionCommand(java.util.function.Supplier<CommandLine> everything) {
    this.everything = everything;
  }

  @Override
  public Integer call() {
    CommandLine all = everything.get();
    offerValues(all);
    String script = AutoComplete.bash("ilion", all);
    switch (shell) {
      case "bash" -> spec.commandLine().getOut().println(script);
      // zsh can take bash's functions; only how they are switched on differs.
      case "zsh" ->
          spec.commandLine()
              .getOut()
              .println(
                  "autoload -U +X compinit && compinit -u\n"
                      + "autoload -U +X bashcompinit && bashcompinit\n"
                      + script);
      default -> throw ToolException.wrongUse("completion " + shell + ": there is bash and zsh");
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** What help says of a value, such as {@code yes|no|only}, is also what completes it. */
  private static void offerValues(CommandLine command) {
    CommandSpec of = command.getCommandSpec();
    for (OptionSpec option : List.copyOf(of.options())) {
      List<String> values = values(option.paramLabel());
      if (!values.isEmpty() && option.completionCandidates() == null) {
        of.remove(option);
        of.addOption(OptionSpec.builder(option).completionCandidates(values).build());
      }
    }
    for (PositionalParamSpec word : List.copyOf(of.positionalParameters())) {
      List<String> values = values(word.paramLabel());
      if (!values.isEmpty() && word.completionCandidates() == null) {
        of.remove(word);
        of.addPositional(PositionalParamSpec.builder(word).completionCandidates(values).build());
      }
    }
    command.getSubcommands().values().forEach(CompletionCommand::offerValues);
  }

  private static List<String> values(String label) {
    return switch (label) {
      case "WORKLOAD" -> NamedWorkloads.names();
      case "LEVEL" -> Arrays.stream(Consistency.values()).map(level -> level.name()).toList();
      default -> LABEL.matcher(label).matches() ? List.of(label.split("\\|")) : List.of();
    };
  }
}

package io.ilion.tools;

import io.ilion.tools.console.ToolException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
    String script = AutoComplete.bash("ilion", everything.get());
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
}

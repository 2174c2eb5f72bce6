package io.ilion.tools;

import io.ilion.driver.DriverException;
import io.ilion.model.data.CorruptDataException;
import io.ilion.server.Release;
import io.ilion.server.config.ConfigException;
import io.ilion.tools.admin.AdminCommand;
import io.ilion.tools.bench.BenchCommand;
import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.OutputEndedException;
import io.ilion.tools.console.StandardOutput;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.CountCommand;
import io.ilion.tools.load.LoadCommand;
import io.ilion.tools.load.UnloadCommand;
import io.ilion.tools.shell.ShellCommand;
import io.ilion.tools.sstable.CommitLogCommand;
import io.ilion.tools.sstable.SSTableCommand;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The {@code ilion} command. Exit codes: 0 for success, 1 for a failure while working, 2 for a
 * command, flag or setting that is wrong.
 */
@Command(
    name = "ilion",
    description = "A wide-column database that speaks CQL.",
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Ilion implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int WRONG_USE = 2;

  /** They serve also when nobody reads what they say. */
  private static final Set<String> SERVERS = Set.of("start", "cluster");

  @CommandLine.Spec private CommandSpec spec;

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    int code;
    try {
      CommandLine ilion = commandLine(System.getenv(), args.length == 0 ? "" : args[0]);
      if (args.length == 0 || !SERVERS.contains(args[0])) {
        ilion.setOut(standardOutput());
      }
      code = ilion.execute(args);
      ilion.getOut().flush();
    } catch (OutputEndedException e) {
      code = ended(e, System.err::println);
    } catch (RuntimeException | Error e) {
      // The threads of a node that has half started would keep the process.
      e.printStackTrace();
      code = FAILED;
    }
    System.out.flush();
    System.exit(code);
  }

  private static PrintWriter standardOutput() {
    return new PrintWriter(
        new OutputStreamWriter(
            new StandardOutput(), Charset.forName(System.getProperty("stdout.encoding"))),
        true);
  }

  private static int ended(OutputEndedException failure, Consumer<String> errors) {
    if (!failure.isLeft()) {
      errors.accept("ilion: " + failure.getMessage());
    }
    return failure.exitCode();
  }

  /** The command with everything below it, reading this environment. */
  static CommandLine commandLine(Map<String, String> environment) {
    return commandLine(environment, "");
  }

  /**
   * The command with one other below it, or all when there is none of this name: to read what is
   * said of each takes longer than to run most of them.
   */
  private static CommandLine commandLine(Map<String, String> environment, String only) {
    Map<String, Supplier<Object>> commands = commands(environment);
    CommandLine ilion = new CommandLine(new Ilion());
    commands.forEach(
        (name, command) -> {
          if (!commands.containsKey(only) || name.equals(only)) {
            ilion.addSubcommand(name, command.get());
          }
        });
    ilion.setCaseInsensitiveEnumValuesAllowed(true);
    if (Style.isDumb(environment)) {
      ilion.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    }
    ilion.setParameterExceptionHandler(
        (wrong, args) -> {
          CommandLine command = wrong.getCommandLine();
          command.getErr().println("ilion: " + wrong.getMessage());
          CommandLine.UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
          command
              .getErr()
              .println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
          return WRONG_USE;
        });
    ilion.setExecutionExceptionHandler(
        (failure, command, result) -> {
          if (failure instanceof OutputEndedException ended) {
            return ended(ended, command.getErr()::println);
          }
          if (failure instanceof ToolException known) {
            command.getErr().println("ilion: " + known.getMessage());
            if (known.hint() != null) {
              command.getErr().println("  " + known.hint());
            }
            return known.exitCode();
          }
          if (failure instanceof ConfigException || saysWhatIsWrong(failure)) {
            command.getErr().println("ilion: " + FileErrors.message(failure));
            return failure instanceof ConfigException ? WRONG_USE : FAILED;
          }
          throw failure;
        });
    return ilion;
  }

  /** All commands, in the order in which --help lists them. */
  private static Map<String, Supplier<Object>> commands(Map<String, String> environment) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("start", () -> StartCommand.spec(environment));
    commands.put("cluster", ClusterCommand::new);
    commands.put("shell", () -> new ShellCommand(environment));
    commands.put("load", LoadCommand::new);
    commands.put("unload", UnloadCommand::new);
    commands.put("count", CountCommand::new);
    commands.put("admin", () -> AdminCommand.commandLine(environment));
    commands.put("bench", BenchCommand::new);
    commands.put("sstable", SSTableCommand::new);
    commands.put("commitlog", CommitLogCommand::new);
    commands.put("completion", () -> new CompletionCommand(() -> commandLine(environment)));
    commands.put("build", BuildCommand::new);
    commands.put("train", TrainCommand::new);
    commands.put("simulate", SimulateCommand::new);
    commands.put("convergence", ConvergenceCommand::new);
    return commands;
  }

  /** Whether its message is all that somebody has to know who is not one of its authors. */
  private static boolean saysWhatIsWrong(Exception failure) {
    return failure instanceof IOException
        || failure instanceof CorruptDataException
        || failure instanceof DriverException;
  }

  /** Without a subcommand there is nothing to do but to say what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return WRONG_USE;
  }

  /** Says the version that the build wrote. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ilion " + Release.version()};
    }
  }
}

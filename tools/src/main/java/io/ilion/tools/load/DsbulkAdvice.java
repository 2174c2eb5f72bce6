package io.ilion.tools.load;

import java.util.Locale;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Says how an option of DSBulk is called here. Read as one of ours, {@code -url} would be a user
 * and {@code -h HOST} a wish for help.
 */
final class DsbulkAdvice implements IParameterPreprocessor {
  private static final String FILES = "files are arguments behind KEYSPACE.TABLE";

  /** By the shortcut, or the last part of the long name, in lower case. */
  private static final Map<String, String> HERE =
      Map.ofEntries(
          Map.entry("t", "the first argument is KEYSPACE.TABLE"),
          Map.entry("table", "the first argument is KEYSPACE.TABLE"),
          Map.entry("url", FILES),
          Map.entry("urlfile", FILES),
          Map.entry("c", "--format is csv or json"),
          Map.entry("port", "--port"),
          Map.entry("contactpoints", "--host"),
          Map.entry("delim", "--delimiter"),
          Map.entry("delimiter", "--delimiter"),
          Map.entry("header", "--header, or --no-header"),
          Map.entry("quote", "--quote"),
          Map.entry("escape", "--escape"),
          Map.entry("encoding", "--encoding"),
          Map.entry("compression", "--compress"),
          Map.entry("skip", "--skip"),
          Map.entry("skiprecords", "--skip"),
          Map.entry("maxrecords", "--limit"),
          Map.entry("nullstrings", "--null"),
          Map.entry("query", "--query"),
          Map.entry("mapping", "--map"),
          Map.entry("nulltounset", "--nulls unset, or --nulls null"),
          Map.entry("allowextrafields", "--allow-extra-fields"),
          Map.entry("allowmissingfields", "--allow-missing-fields"),
          Map.entry("queryttl", "--ttl"),
          Map.entry("querytimestamp", "--timestamp"),
          Map.entry("timestamp", "--timestamp-format"),
          Map.entry("date", "--date-format"),
          Map.entry("time", "--time-format"),
          Map.entry("timezone", "--time-zone"),
          Map.entry("maxerrors", "--max-errors"),
          Map.entry("logdir", "--dir"),
          Map.entry("directory", "--dir"),
          Map.entry("dryrun", "--dry-run"),
          Map.entry("maxpersecond", "--rate"),
          Map.entry("maxinflight", "--in-flight"),
          Map.entry("maxconcurrentqueries", "--in-flight, or --threads of unload"),
          Map.entry("mode", "--batch"),
          Map.entry("stats", "--by and --partitions"),
          Map.entry("modes", "--by and --partitions"),
          Map.entry("cl", "--cl"));

  @Override
  public boolean preprocess(
      Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> information) {
    for (int i = words.size() - 1; i >= 0; i--) {
      String word = words.get(i);
      String name = name(word.indexOf('=') < 0 ? word : word.substring(0, word.indexOf('=')));
      String here =
          word.equals("-h") && i > 0 && !words.get(i - 1).startsWith("-")
              ? "--host"
              : name == null
                  ? null
                  : HERE.getOrDefault(name, "see 'ilion %s --help'".formatted(command.name()));
      if (here != null) {
        throw new ParameterException(
            command.commandLine(), "%s is an option of DSBulk; here: %s".formatted(word, here));
      }
    }
    return false;
  }

  /** What tells the option, or null for none of DSBulk's. */
  private static String name(String word) {
    if (word.matches(
        "--(dsbulk|connector|schema|codec|executor|batch|log|engine|stats|driver)\\..+")) {
      return word.substring(word.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
    String shortcut = word.matches("-[a-zA-Z]+") ? word.substring(1).toLowerCase(Locale.ROOT) : "";
    return (shortcut.length() > 1 || shortcut.equals("t") || shortcut.equals("c"))
            && HERE.containsKey(shortcut)
        ? shortcut
        : null;
  }
}

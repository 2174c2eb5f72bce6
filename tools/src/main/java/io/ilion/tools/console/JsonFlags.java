package io.ilion.tools.console;

import picocli.CommandLine.Option;

/** The flags of commands that show what they found for a person, or for a script. */
public final class JsonFlags {
  private enum Format {
    TEXT,
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "how it is shown (default: text)")
  private Format format = Format.TEXT;

  @Option(names = "--json", description = "the same as --format json")
  private boolean json;

  /** Whether a script reads it. */
  public boolean isJson() {
    return json || format == Format.JSON;
  }
}

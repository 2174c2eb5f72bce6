package io.ilion.tools.console;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a person's environment says: variables, and the files of cqlsh in the home directory. */
final class UserEnvironment {
  private final Map<String, String> variables;

  UserEnvironment(Map<String, String> variables) {
    this.variables = variables;
  }

  /** The value of a variable that is set, and not to nothing. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  /** A path that may begin with {@code ~/}. */
  Path path(String text) {
    return text.startsWith("~/") ? home().resolve(text.substring(2)) : Path.of(text);
  }

  private Path home() {
    return Path.of(variables.getOrDefault("HOME", System.getProperty("user.home", ".")));
  }

  /**
   * Reads a file of cqlsh.
   *
   * @param named the one to read; null for that of the home directory, if there is one
   * @param name of the one in the home directory
   * @return empty if none is named and there is none
   */
  IniFile file(Path named, String name) {
    if (named != null) {
      return IniFile.read(named);
    }
    // ~/.cqlshrc is where the file of early versions was.
    for (Path usual :
        List.of(home().resolve(".cassandra").resolve(name), home().resolve("." + name))) {
      if (Files.isReadable(usual)) {
        return IniFile.read(usual);
      }
    }
    return IniFile.EMPTY;
  }

  /**
   * A name or password that is kept in a file.
   *
   * @param named the file of credentials; null for the one that cqlshrc names, or the usual one
   * @param name {@code username} or {@code password}
   */
  Optional<String> credential(Path named, IniFile cqlshrc, String name) {
    Path said =
        named != null
            ? named
            : cqlshrc.get("authentication", "credentials").map(this::path).orElse(null);
    IniFile file = file(said, "credentials");
    return file.get("PlainTextAuthProvider", name)
        .or(() -> file.get("plain_text_auth", name))
        .or(() -> cqlshrc.get("authentication", name));
  }
}

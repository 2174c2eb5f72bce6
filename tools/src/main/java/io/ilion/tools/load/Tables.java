package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.tools.console.ToolException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Finds tables by the names that a person gives. */
final class Tables {
  private Tables() {}

  /** A table by its names as they are. */
  static TableMetadata find(Session session, String keyspace, String table) {
    String inKeyspace = keyspace != null ? keyspace : session.keyspace();
    if (inKeyspace == null) {
      throw ToolException.wrongUse("the keyspace of " + table + " is not known")
          .hint("write KEYSPACE.TABLE, or add -k KEYSPACE");
    }
    KeyspaceMetadata found =
        session
            .metadata()
            .keyspace(inKeyspace)
            .orElseThrow(
                () ->
                    ToolException.wrongUse("there is no keyspace " + inKeyspace)
                        .hint(
                            "there are "
                                + String.join(", ", session.metadata().keyspaces().keySet())));
    TableMetadata of = found.tables().get(table);
    of = of == null ? found.views().get(table) : of;
    if (of == null) {
      throw ToolException.wrongUse("there is no table " + inKeyspace + "." + table)
          .hint("there are " + String.join(", ", found.tables().keySet()));
    }
    return of;
  }

  /** The keyspace (or null) and the table that somebody wrote: words in lower case, or quoted. */
  static List<String> names(String text) {
    int dot = -1;
    boolean quoted = false;
    for (int i = 0; i < text.length() && dot < 0; i++) {
      if (text.charAt(i) == '"') {
        quoted = !quoted;
      } else if (text.charAt(i) == '.' && !quoted) {
        dot = i;
      }
    }
    String table = internal(text.substring(dot + 1));
    return java.util.Arrays.asList(dot < 0 ? null : internal(text.substring(0, dot)), table);
  }

  /** The keyspace (or null) and the table that a directory of SSTables is named after. */
  static List<String> directory(Path directory) {
    Path named = directory.normalize().getFileName();
    String name = named == null ? "" : named.toString();
    int dot = name.indexOf('.');
    return dot <= 0
        ? java.util.Arrays.asList(null, name)
        : List.of(name.substring(0, dot), name.substring(dot + 1));
  }

  private static String internal(String name) {
    return name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name.toLowerCase(Locale.ROOT);
  }
}

package io.ilion.conformance.differential;

import java.util.Arrays;
import java.util.List;

/** Differences that are meant or that chance makes; most have an example in the fixtures. */
final class KnownDifferences {
  private KnownDifferences() {}

  /** The reason why the answers differ, or null if none is known. */
  static String explain(List<String> expected, List<String> answer) {
    String peer = expected.getFirst();
    String own = answer.getFirst();
    if (peer.startsWith("error 0x2000 line ") && own.startsWith("error 0x2000 line ")) {
      return "the two parsers point to different places of one mistake";
    }
    if (own.contains("hexadecimal number literals require enabling")) {
      return "a newer reader of JSON has another word for it";
    }
    if (own.equals("error 0x2200 Key may not be empty") && expected.contains("(0 rows)")) {
      return "Cassandra does not look at the key if no row can be asked for";
    }
    if (expected.toString().contains("db.marshal.LegacyTimeUUIDType")) {
      return "Cassandra shows a class of its own";
    }
    if (peer.startsWith("error 0x1300")) {
      return "Cassandra fails";
    }
    if (peer.startsWith("error 0x0000")) {
      return "Cassandra answers with an exception of its own";
    }
    if (peer.endsWith(" cannot be cast to boolean") && own.endsWith(" cannot be cast to boolean")) {
      return "Cassandra names the first column that is selected";
    }
    if (own.startsWith("error 0x2200 Invalid list literal for [")
        || own.startsWith("error 0x2200 Invalid set literal for {")) {
      return "Cassandra puts values of several types into one collection, which nobody can read";
    }
    if (peer.startsWith("not executed") || own.startsWith("not executed")) {
      return "its preparation has been told";
    }
    if (simplified(expected).equals(simplified(answer))) {
      return "a matter of chance or of the forms of values in keys";
    }
    return null;
  }

  private static List<String> simplified(List<String> lines) {
    return lines.stream()
        // Given when a statement is prepared that the node does not know yet.
        .filter(line -> !line.startsWith("warning `USE <keyspace>` with prepared statements"))
        .map(KnownDifferences::simplified)
        .toList();
  }

  private static String simplified(String line) {
    int more = line.indexOf(" cannot be restricted by more than one relation");
    if (more > 0) {
      // Cassandra lists the columns by their hash codes.
      String[] names = line.substring("error 0x2200 ".length(), more).split(" ,");
      Arrays.sort(names);
      return String.join(" ,", names) + line.substring(more);
    }
    // Tuples and values of user types in keys have all their fields, those left out being null.
    String before;
    String after = line;
    do {
      before = after;
      after = before.replaceAll(", null\\)", ")").replaceAll(", \\w+: null\\}", "}");
    } while (!after.equals(before));
    return after;
  }
}

package io.ilion.conformance.differential;

import java.util.Arrays;
import java.util.List;

/** Differences that are meant or that chance makes. */
enum KnownDifferences {
  PARSERS("the two parsers point to different places of one mistake"),
  JSON("a newer reader of JSON has another word for it"),
  EMPTY_KEY("Cassandra does not look at the key if no row can be asked for"),
  TIMEUUID("a timeuuid has its own type, whatever function it comes from"),
  EXCEPTION("Cassandra answers with an exception of its own"),
  CAST("Cassandra names the first column that is selected"),
  COLLECTION("Cassandra puts values of several types into one collection, which nobody can read"),
  /** The answer to its preparation has been compared. */
  UNPREPARED(null),
  /** A matter of chance, or of the forms of values in keys. */
  CHANCE(null);

  private final String reason;

  KnownDifferences(String reason) {
    this.reason = reason;
  }

  /** The reason that the list of differences gives with an example; null if it need not. */
  String reason() {
    return reason;
  }

  /** Why the answers differ, or null if that is not known. */
  static KnownDifferences explain(List<String> expected, List<String> answer) {
    String peer = expected.getFirst();
    String own = answer.getFirst();
    if (peer.startsWith("error 0x2000 line ") && own.startsWith("error 0x2000 line ")) {
      return PARSERS;
    }
    if (own.contains("hexadecimal number literals require enabling")) {
      return JSON;
    }
    if (own.equals("error 0x2200 Key may not be empty") && expected.contains("(0 rows)")) {
      return EMPTY_KEY;
    }
    if (expected.toString().contains("db.marshal.LegacyTimeUUIDType")) {
      return TIMEUUID;
    }
    if (peer.startsWith("error 0x0000") || peer.startsWith("error 0x1300")) {
      return EXCEPTION;
    }
    if (peer.endsWith(" cannot be cast to boolean") && own.endsWith(" cannot be cast to boolean")) {
      return CAST;
    }
    if (own.startsWith("error 0x2200 Invalid list literal for [")
        || own.startsWith("error 0x2200 Invalid set literal for {")) {
      return COLLECTION;
    }
    if (peer.startsWith("not executed") || own.startsWith("not executed")) {
      return UNPREPARED;
    }
    return simplified(expected).equals(simplified(answer)) ? CHANCE : null;
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

package io.ilion.conformance.differential;

import java.util.List;

/** Differences that are meant; the fixtures have an example of each with its reason. */
final class KnownDifferences {
  private KnownDifferences() {}

  /** The reason why the answers differ, or null if none is known. */
  static String explain(String statement, List<String> expected, List<String> answer) {
    String peer = expected.getFirst();
    String own = answer.getFirst();
    if (peer.equals("error 0x2000 line 0:-1") && own.startsWith("error 0x2000 line ")) {
      return "Cassandra has no position for the end of the input";
    }
    if (peer.startsWith("error 0x0000")) {
      return "Cassandra answers with an exception of its own";
    }
    return null;
  }
}

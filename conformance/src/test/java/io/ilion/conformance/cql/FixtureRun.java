package io.ilion.conformance.cql;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs one fixture file against one server and tells every difference. */
final class FixtureRun {
  /** Against whom, and what is to be written down. */
  enum Mode {
    /** The peer: its answers must be those recorded. */
    REFEREE,
    /** The peer: its answers are recorded. */
    RECORD_REFEREE,
    /** Ilion: its answers must be the peer's, or its own where a reason is given. */
    OURS,
    /** Ilion: its answers are recorded where a reason is given, and only there. */
    RECORD_OURS
  }

  private FixtureRun() {}

  /** Returns the differences, none when all is as it should be. */
  static List<String> run(Path file, InetSocketAddress server, Mode mode) throws IOException {
    Fixture fixture = FixtureFiles.read(file);
    List<String> differences = new ArrayList<>();
    try (Session session = new Session(server, FixtureFiles.keyspace(file))) {
      session.open();
      for (Fixture.Case one : fixture.cases()) {
        List<String> answer = positions(session.run(one));
        String difference = judge(one, answer, mode);
        if (difference != null) {
          differences.add(
              FixtureFiles.name(file) + ":" + one.line() + "\n" + one.statement() + difference);
        }
      }
      session.dropKeyspaces();
    }
    if (mode == Mode.RECORD_REFEREE || mode == Mode.RECORD_OURS) {
      FixtureFiles.write(file, fixture);
    }
    return differences;
  }

  /** Of a syntax error only the place: two parsers do not word their complaints alike. */
  static List<String> positions(List<String> answer) {
    return answer.stream()
        .map(line -> line.replaceFirst("^(error 0x2000 line \\d+:-?\\d+) .*", "$1"))
        .toList();
  }

  private static String judge(Fixture.Case one, List<String> answer, Mode mode) {
    switch (mode) {
      case RECORD_REFEREE -> one.record(answer);
      case RECORD_OURS -> {
        if (one.reason() != null) {
          one.recordOurs(answer);
        }
      }
      case REFEREE -> {
        return compare(one.expected(), answer);
      }
      case OURS -> {
        if (one.reason() != null && answer.equals(one.expected())) {
          return "\n  no longer differs, though listed: " + one.reason();
        }
        if (one.reason() == null && endOfInput(one.expected(), answer)) {
          return null;
        }
        return compare(one.expectedOfOurs(), answer);
      }
      default -> throw new IllegalArgumentException(mode.toString());
    }
    return null;
  }

  /** The peer has no position for the end of the input (it says 0:-1); any position will do. */
  private static boolean endOfInput(List<String> expected, List<String> answer) {
    return List.of("error 0x2000 line 0:-1").equals(expected)
        && answer.size() == 1
        && answer.getFirst().startsWith("error 0x2000 line ");
  }

  private static String compare(List<String> expected, List<String> answer) {
    if (answer.equals(expected)) {
      return null;
    }
    String wanted = expected == null ? "nothing recorded" : String.join("\n  ", expected);
    return "\n expected\n  " + wanted + "\n got\n  " + String.join("\n  ", answer);
  }
}

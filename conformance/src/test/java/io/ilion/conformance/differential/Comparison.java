package io.ilion.conformance.differential;

import io.ilion.conformance.cql.Fixture;
import io.ilion.conformance.cql.Session;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Puts the statements of a scenario to two servers and tells where their answers differ. */
final class Comparison {
  /**
   * Two answers that differ.
   *
   * @param place the keyspace, the round and the number of the statement in it
   * @param afterWrite true if the answers to an earlier write of the scenario differ too, so that
   *     the data may
   */
  record Difference(
      String place,
      String statement,
      List<String> expected,
      List<String> answer,
      boolean afterWrite) {

    /** The same for differences that probably have one cause: names and numbers are left out. */
    String kind() {
      int at = 0;
      while (at < expected.size()
          && at < answer.size()
          && expected.get(at).equals(answer.get(at))) {
        at++;
      }
      return general(line(expected, at)) + "  <>  " + general(line(answer, at));
    }

    private static String line(List<String> lines, int at) {
      return at < lines.size() ? lines.get(at) : "(nothing)";
    }

    private static String general(String line) {
      if (line.startsWith("- ")) {
        return "a row";
      }
      return line.startsWith("rows") ? "rows" : line.replaceAll("\\b\\w*\\d+\\b", "#");
    }

    @Override
    public String toString() {
      return place
          + (afterWrite ? " (after a write whose answers differ)" : "")
          + "\n"
          + statement
          + "\n expected\n  "
          + String.join("\n  ", expected)
          + "\n got\n  "
          + String.join("\n  ", answer);
    }
  }

  private final Scenario scenario;
  private final List<Difference> differences = new ArrayList<>();
  private int statements;
  private boolean writesDiffer;

  Comparison(Scenario scenario) {
    this.scenario = scenario;
  }

  List<Difference> differences() {
    return differences;
  }

  /** How many statements were compared. */
  int statements() {
    return statements;
  }

  /** Runs one round; rounds come in their order. */
  void round(int round, InetSocketAddress ours, InetSocketAddress referee) throws IOException {
    try (Session ourSession = new Session(ours, scenario.keyspace());
        Session refereeSession = new Session(referee, scenario.keyspace())) {
      for (Session session : List.of(ourSession, refereeSession)) {
        if (round == 0) {
          session.open();
        } else {
          session.resume();
        }
      }
      List<Fixture.Case> cases = Fixture.parse(scenario.rounds().get(round)).cases();
      for (int i = 0; i < cases.size(); i++) {
        compare(round + ":" + i, cases.get(i), ourSession, refereeSession);
      }
      if (round == scenario.rounds().size() - 1) {
        ourSession.dropKeyspaces();
        refereeSession.dropKeyspaces();
      }
    }
  }

  private void compare(String place, Fixture.Case one, Session ours, Session referee)
      throws IOException {
    statements++;
    List<String> expected = answer(referee, one);
    List<String> answer = answer(ours, one);
    String text = text(one);
    if (expected.equals(answer) || KnownDifferences.explain(expected, answer) != null) {
      return;
    }
    differences.add(
        new Difference(scenario.keyspace() + ":" + place, text, expected, answer, writesDiffer));
    writesDiffer |= !text.toUpperCase(Locale.ROOT).contains("SELECT");
  }

  private static List<String> answer(Session session, Fixture.Case one) throws IOException {
    try {
      return session.run(one).stream().map(Comparison::position).toList();
    } catch (IllegalStateException | IllegalArgumentException e) {
      // Its statement could not be prepared, or has another number of variables.
      return List.of("not executed: " + e.getMessage());
    }
  }

  private static String text(Fixture.Case one) {
    StringBuilder text = new StringBuilder();
    for (Fixture.Directive directive : one.directives()) {
      text.append(directive).append('\n');
    }
    return text.append(one.statement()).toString();
  }

  /** Of a syntax error only the place, and of one at the end of the input not even that. */
  private static String position(String line) {
    return line.replaceFirst("^(error 0x2000 line \\d+:-?\\d+) .*", "$1");
  }
}

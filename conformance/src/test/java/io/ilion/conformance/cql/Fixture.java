package io.ilion.conformance.cql;

import java.util.ArrayList;
import java.util.List;

/**
 * One fixture file: a topic in comments, then cases parted by blank lines.
 *
 * <p>A case is comments ({@code #}), directives ({@code @page 10}), the lines of a statement, the
 * line {@code ----}, and the lines of the answer of Apache Cassandra. Where Ilion means to answer
 * otherwise, a line {@code ---- ilion: REASON} and its own answer follow. A case without {@code
 * ----} waits to be recorded.
 */
public final class Fixture {
  private static final String SEPARATOR = "----";
  private static final String OURS = "---- ilion: ";

  /** A directive in front of a statement: its name without the {@code @} and what follows. */
  public record Directive(String name, String argument) {
    @Override
    public String toString() {
      return "@" + name + " " + argument;
    }
  }

  /** One statement and what is known of its answer. */
  public static final class Case {
    private final int line;
    private final List<String> head = new ArrayList<>();
    private final List<Directive> directives = new ArrayList<>();
    private final List<String> statement = new ArrayList<>();
    private List<String> expected;
    private String reason;
    private List<String> ours;

    private Case(int line) {
      this.line = line;
    }

    /** The number of the first line of the statement in its file, from 1. */
    int line() {
      return line;
    }

    /** The directives before the statement. */
    public List<Directive> directives() {
      return directives;
    }

    /** The lines of the statement; for an execution, the values to bind. */
    List<String> statementLines() {
      return statement;
    }

    /** The statement; for an execution, the values to bind. */
    public String statement() {
      return String.join("\n", statement);
    }

    /** The recorded answer of the peer; null before the first recording. */
    List<String> expected() {
      return expected;
    }

    /** Why Ilion answers otherwise; null when it must not. */
    String reason() {
      return reason;
    }

    /** The answer expected of Ilion. */
    List<String> expectedOfOurs() {
      return reason == null ? expected : ours;
    }

    void record(List<String> answer) {
      this.expected = List.copyOf(answer);
    }

    void recordOurs(List<String> answer) {
      this.ours = List.copyOf(answer);
    }
  }

  private final List<Case> cases = new ArrayList<>();
  private final List<String> tail = new ArrayList<>();

  /** The cases in their order. */
  public List<Case> cases() {
    return cases;
  }

  /** Reads the text of a file. */
  public static Fixture parse(List<String> lines) {
    Fixture fixture = new Fixture();
    List<String> head = new ArrayList<>();
    int at = 0;
    while (at < lines.size()) {
      String line = lines.get(at);
      if (line.isBlank() || line.startsWith("#") || line.startsWith("@")) {
        head.add(line);
        at++;
      } else {
        at = fixture.parseCase(head, lines, at);
        head.clear();
      }
    }
    fixture.tail.addAll(head);
    return fixture;
  }

  private int parseCase(List<String> head, List<String> lines, int from) {
    Case parsed = new Case(from + 1);
    parsed.head.addAll(head);
    for (String line : head) {
      if (line.startsWith("@")) {
        String[] words = line.substring(1).split(" ", 2);
        parsed.directives.add(new Directive(words[0], words.length > 1 ? words[1] : ""));
      }
    }
    int at = from;
    List<String> section = parsed.statement;
    for (; at < lines.size() && !lines.get(at).isBlank(); at++) {
      String line = lines.get(at);
      if (line.equals(SEPARATOR)) {
        section = new ArrayList<>();
        parsed.expected = section;
      } else if (line.startsWith(OURS)) {
        parsed.reason = line.substring(OURS.length());
        section = new ArrayList<>();
        parsed.ours = section;
      } else {
        section.add(line);
      }
    }
    cases.add(parsed);
    return at;
  }

  /** The text of the file, with the answers that were recorded. */
  List<String> format() {
    List<String> lines = new ArrayList<>();
    for (Case one : cases) {
      lines.addAll(one.head);
      lines.addAll(one.statement);
      if (one.expected != null) {
        lines.add(SEPARATOR);
        lines.addAll(one.expected);
      }
      if (one.reason != null) {
        lines.add(OURS + one.reason);
        lines.addAll(one.ours);
      }
    }
    lines.addAll(tail);
    return lines;
  }
}

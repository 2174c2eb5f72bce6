package io.ilion.conformance.hostile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Statements like those of the fixtures, most of them spoilt in one way or another. */
final class StatementMutator {
  private static final Pattern TOKEN =
      Pattern.compile(
          "'[^']*+(?:''[^']*+)*+'|\"[^\"]*+(?:\"\"[^\"]*+)*+\"|\\w++|\\s++|.", Pattern.DOTALL);
  private static final String[] STRANGE = {
    "",
    " ",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    ";",
    "?",
    ":x",
    "\u0000",
    "\uD800",
    "\u00e9",
    "0x",
    "-1",
    "99999999999999999999",
    "1e999",
    "NaN",
    "null",
    "{}",
    "[]",
    "()",
    "<",
    "frozen<",
    "*",
    "\n"
  };

  private final List<List<String>> statements;
  private final SplittableRandom random;

  private StatementMutator(List<List<String>> statements, SplittableRandom random) {
    this.statements = statements;
    this.random = random;
  }

  /** A mutator of the statements in all fixtures below a directory. */
  static StatementMutator of(Path fixtures, SplittableRandom random) throws IOException {
    List<List<String>> statements = new ArrayList<>();
    try (Stream<Path> files = Files.walk(fixtures)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cql")).sorted().toList()) {
        for (String block : Files.readString(file).split("\n\n")) {
          String statement =
              block
                  .lines()
                  .takeWhile(line -> !line.startsWith("----"))
                  .filter(line -> !line.startsWith("@") && !line.startsWith("#"))
                  .reduce((a, b) -> a + "\n" + b)
                  .orElse("");
          if (!statement.isBlank()) {
            statements.add(tokens(statement));
          }
        }
      }
    }
    return new StatementMutator(statements, random);
  }

  private static List<String> tokens(String statement) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(statement);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    return tokens;
  }

  /** The next statement; one in four is unspoilt, so that there is something to work on. */
  String next() {
    List<String> tokens = new ArrayList<>(any());
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      change(tokens);
    }
    return String.join("", tokens);
  }

  private List<String> any() {
    return statements.get(random.nextInt(statements.size()));
  }

  private void change(List<String> tokens) {
    int at = random.nextInt(tokens.size() + 1);
    int other = random.nextInt(tokens.size() + 1);
    switch (random.nextInt(7)) {
      case 0 -> tokens.add(at, STRANGE[random.nextInt(STRANGE.length)]);
      case 1 -> tokens.subList(Math.min(at, other), Math.max(at, other)).clear();
      case 2 -> tokens.addAll(at, List.copyOf(tokens.subList(0, other)));
      case 3 -> tokens.addAll(at, part(any()));
      case 4 -> {
        if (at < tokens.size()) {
          List<String> source = any();
          tokens.set(at, source.get(random.nextInt(source.size())));
        }
      }
      case 5 -> {
        if (at < tokens.size()) {
          tokens.set(at, spoilt(tokens.get(at)));
        }
      }
      default -> {
        if (at < tokens.size() && other < tokens.size()) {
          tokens.set(other, tokens.set(at, tokens.get(other)));
        }
      }
    }
  }

  private List<String> part(List<String> tokens) {
    int at = random.nextInt(tokens.size());
    return tokens.subList(at, at + random.nextInt(tokens.size() - at + 1));
  }

  private String spoilt(String token) {
    int at = random.nextInt(token.length() + 1);
    String strange = STRANGE[random.nextInt(STRANGE.length)];
    return token.substring(0, at) + strange + token.substring(Math.min(token.length(), at + 1));
  }
}

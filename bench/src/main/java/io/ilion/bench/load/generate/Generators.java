package io.ilion.bench.load.generate;

import io.ilion.bench.load.BenchException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes generators of what was written. A named one gives the same value wherever it is used in an
 * operation; one without a name draws for itself. See {@link Functions} for what there is.
 */
public final class Generators {
  private final long seed;
  private final Map<String, String> definitions = new HashMap<>();
  private final Map<String, Generator> made = new HashMap<>();
  private final Set<String> making = new LinkedHashSet<>();
  private final Records records;
  private long nextSalt;

  /**
   * Without named generators yet.
   *
   * @param records what there is; generators of new ones add to it
   */
  public Generators(long seed, Records records) {
    this.seed = seed;
    this.records = records;
  }

  /** Says what a name stands for; it is read when it is first used. */
  public void define(String name, String text) {
    definitions.put(name, text);
  }

  /**
   * The generator of an expression.
   *
   * @param where it was written, for errors
   * @throws BenchException if it is none
   */
  public Generator of(String text, String where) {
    try {
      return compile(ExpressionParser.parse(text), Hash.mix(seed, where.hashCode()));
    } catch (BenchException e) {
      throw new BenchException(where + ": " + e.getMessage(), e);
    }
  }

  /** The expressions of a text that has commas between them. */
  public static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char symbol = text.charAt(i);
      if (symbol == '\'') {
        quoted = !quoted;
      } else if (quoted) {
        continue;
      } else if (symbol == '(') {
        depth++;
      } else if (symbol == ')') {
        depth--;
      } else if (symbol == ',' && depth == 0) {
        parts.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }

  private Generator compile(Expression expression, long salt) {
    return switch (expression) {
      case Expression.Number number -> constant(number.digits());
      case Expression.Text text -> draw -> text.text();
      case Expression.Name name -> named(name.name());
      case Expression.Call call -> {
        List<Generator> arguments = new ArrayList<>();
        for (Expression argument : call.arguments()) {
          nextSalt++;
          arguments.add(compile(argument, Hash.mix(salt, nextSalt)));
        }
        yield new Functions(call.name(), arguments, salt, records).make();
      }
    };
  }

  private static Generator constant(String digits) {
    try {
      long whole = Long.parseLong(digits);
      return (Generator.OfNumbers) draw -> whole;
    } catch (NumberFormatException e) {
      Double real = Double.valueOf(digits);
      return draw -> real;
    }
  }

  private Generator named(String name) {
    switch (name) {
      case "true" -> {
        return draw -> Boolean.TRUE;
      }
      case "false" -> {
        return draw -> Boolean.FALSE;
      }
      case "null" -> {
        return draw -> null;
      }
      default -> {
        // Defined by the workload, see below.
      }
    }
    Generator known = made.get(name);
    if (known != null) {
      return known;
    }
    String text = definitions.get(name);
    if (text == null) {
      throw new BenchException(
          "there is no generator '%s'; there are %s".formatted(name, definitions.keySet()));
    }
    if (!making.add(name)) {
      throw new BenchException("the generators %s need each other".formatted(making));
    }
    try {
      Generator generator = compile(ExpressionParser.parse(text), Hash.mix(seed, name.hashCode()));
      made.put(name, generator);
      return generator;
    } finally {
      making.remove(name);
    }
  }
}

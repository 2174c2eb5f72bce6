package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.List;

/** A statement in the making: its text, its values, and how they reach the server. */
final class StatementText {
  /** How values are given: in the text, bound to a simple statement, or to a prepared one. */
  enum Mode {
    LITERAL,
    SIMPLE,
    PREPARED
  }

  private final Dice dice;
  private final Mode mode;
  private final StringBuilder text = new StringBuilder();
  private final List<String> directives = new ArrayList<>();
  private final List<String> types = new ArrayList<>();
  private final List<String> values = new ArrayList<>();

  StatementText(Dice dice, Mode mode) {
    this.dice = dice;
    this.mode = mode;
  }

  /** A statement that in half of the cases binds values. */
  static StatementText any(Dice dice) {
    return new StatementText(
        dice, dice.of(Mode.LITERAL, Mode.LITERAL, Mode.LITERAL, Mode.SIMPLE, Mode.PREPARED));
  }

  StatementText add(String more) {
    text.append(more);
    return this;
  }

  /** A directive of the fixtures, without the {@code @}. */
  StatementText directive(String directive) {
    directives.add(directive);
    return this;
  }

  /** A value of a type, as a literal or as a marker. */
  StatementText value(RandomType type, String literal) {
    if (literal.startsWith(RandomValues.UNBOUND)) {
      return add(literal.substring(1));
    }
    boolean byName = mode == Mode.SIMPLE && type.userDefined();
    if (mode == Mode.LITERAL || byName || dice.chance(15)) {
      return add(literal);
    }
    types.add(type.cql());
    values.add(dice.chance(1) ? dice.of("unset", "null") : literal);
    return add("?");
  }

  /** A list of values after IN: one marker for all of them, or as literals in parentheses. */
  StatementText list(RandomType type, List<String> literals) {
    if (mode == Mode.LITERAL || (mode == Mode.SIMPLE && type.userDefined())) {
      return add("(" + String.join(", ", literals) + ")");
    }
    types.add(type.cql());
    values.add("[" + String.join(", ", literals) + "]");
    return add("?");
  }

  /** Writes the cases of a fixture that run the statement. */
  void write(List<String> fixture) {
    if (mode == Mode.PREPARED) {
      String name = "p" + fixture.size();
      fixture.addAll(List.of("@prepare " + name, text.toString(), "", "@execute " + name));
      directives.forEach(directive -> fixture.add("@" + directive));
      fixture.addAll(values.isEmpty() ? List.of("()") : values);
    } else {
      for (int i = 0; i < values.size(); i++) {
        fixture.add("@bind " + types.get(i) + " = " + values.get(i));
      }
      directives.forEach(directive -> fixture.add("@" + directive));
      fixture.add(text.toString());
    }
    fixture.add("");
  }
}

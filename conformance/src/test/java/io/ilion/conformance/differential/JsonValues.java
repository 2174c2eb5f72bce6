package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Random values in JSON; one in twenty is of another kind than its type. */
final class JsonValues {
  private final Dice dice;
  private final RandomValues values;

  JsonValues(Dice dice, RandomValues values) {
    this.dice = dice;
    this.values = values;
  }

  /** A value for a column of a type. */
  String json(RandomType type) {
    if (dice.chance(4)) {
      return "null";
    }
    return switch (type) {
      case RandomType.Scalar scalar -> {
        String plain = plain(scalar);
        boolean bare = scalar.number() || scalar.name().equals("boolean");
        yield bare == dice.chance(95) ? plain : '"' + plain + '"';
      }
      case RandomType.Collection collection -> {
        boolean map = collection.kind().equals("map");
        List<String> parts = new ArrayList<>();
        int count = dice.below(3);
        for (int i = 0; i < count; i++) {
          String first = json(collection.parts().getFirst());
          parts.add(map ? key(first) + ": " + json(collection.last()) : first);
        }
        String inner = String.join(", ", parts);
        yield map ? "{" + inner + "}" : "[" + inner + "]";
      }
      case RandomType.Tuple tuple -> array(tuple.parts());
      case RandomType.Vector vector ->
          array(Collections.nCopies(vector.dimension(), vector.element()));
      case RandomType.Udt udt -> {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < udt.fields().size(); i++) {
          if (dice.chance(85)) {
            parts.add(member(udt.fields().get(i)) + ": " + json(udt.types().get(i)));
          }
        }
        yield "{" + String.join(", ", parts) + "}";
      }
    };
  }

  private String plain(RandomType.Scalar scalar) {
    String literal = values.value(scalar);
    return literal.startsWith("'")
        ? literal.substring(1, literal.length() - 1).replace("''", "'")
        : literal;
  }

  private String array(List<RandomType> types) {
    return "[" + String.join(", ", types.stream().map(this::json).toList()) + "]";
  }

  /** The key of a map: its JSON in a string. */
  private static String key(String json) {
    return json.startsWith("\"") ? json : '"' + json.replace("\"", "\\\"") + '"';
  }

  /** The name of a column or field as a key of JSON: case-sensitive names in further quotes. */
  static String member(String name) {
    return '"' + name.replace("\"", "\\\"") + '"';
  }
}

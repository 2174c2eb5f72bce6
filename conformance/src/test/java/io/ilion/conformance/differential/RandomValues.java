package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Values of any type from small pools, so that rows meet. A text is good both as a literal of CQL
 * and as a value of a fixture.
 */
final class RandomValues {
  /** Stands before a literal that cannot be bound. */
  static final String UNBOUND = "!";

  private static final Map<String, List<String>> POOLS =
      Map.ofEntries(
          Map.entry("ascii", List.of("''", "'a'", "'b'", "'ab'", "'it''s'", "'Z'")),
          Map.entry("text", List.of("''", "'a'", "'b'", "'ab'", "'é'", "'日本'", "'\uD83D\uDE00'")),
          Map.entry("varchar", List.of("''", "'a'", "'b'", "'1'", "'true'")),
          Map.entry("tinyint", List.of("0", "1", "-1", "2", "127", "-128")),
          Map.entry("smallint", List.of("0", "1", "-1", "3", "32767", "-32768")),
          Map.entry("int", List.of("0", "1", "-1", "2", "5", "2147483647", "-2147483648")),
          Map.entry(
              "bigint",
              List.of("0", "1", "-1", "7", "9223372036854775807", "-9223372036854775808")),
          Map.entry(
              "varint", List.of("0", "1", "-1", "255", "-256", "123456789012345678901234567890")),
          Map.entry("decimal", List.of("0", "1.5", "-1.5", "10", "0.001", "1000", "-12345.678901")),
          Map.entry("float", List.of("0.0", "-0.0", "1.5", "-2.25", "3.4E38", "NaN", "Infinity")),
          Map.entry(
              "double", List.of("0.0", "-0.0", "1.5", "-1E300", "0.1", "NaN", "-Infinity", "1E-9")),
          Map.entry("boolean", List.of("true", "false")),
          Map.entry("blob", List.of("0x", "0x00", "0xff", "0x0001", "0xcafe")),
          Map.entry(
              "inet", List.of("'127.0.0.1'", "'10.0.0.255'", "'::1'", "'2001:db8:0:0:0:0:0:1'")),
          Map.entry(
              "uuid",
              List.of(
                  "00000000-0000-0000-0000-000000000000",
                  "11111111-1111-4111-8111-111111111111",
                  "f0000000-0000-4000-8000-000000000001",
                  "ffffffff-ffff-4fff-bfff-ffffffffffff",
                  "99998800-84e7-11ef-8f8f-0123456789ab")),
          Map.entry(
              "timeuuid",
              List.of(
                  "99998800-84e7-11ef-8f8f-0123456789ab",
                  "99998800-84e7-11ef-8f8f-8123456789ab",
                  "00000000-0000-1000-8080-808080808080",
                  "13814000-1dd2-11b2-8080-808080808080",
                  "e7ffffff-84e7-11ee-bf8f-0123456789ab")),
          Map.entry("date", List.of("'1970-01-01'", "'2024-02-29'", "'1969-12-31'")),
          Map.entry("time", List.of("'00:00:00'", "'23:59:59.999999999'", "'12:30:00.5'")),
          Map.entry(
              "timestamp",
              List.of(
                  "'1970-01-01T00:00:00Z'",
                  "'2024-02-29T12:34:56.789Z'",
                  "'1969-12-31T23:59:59.999Z'")),
          Map.entry("duration", List.of("1mo2d3ns", "0mo0d0ns", "12mo0d1000000000ns", "0mo1d0ns")),
          Map.entry("counter", List.of("1", "-1", "5", "0")));

  private final Dice dice;

  RandomValues(Dice dice) {
    this.dice = dice;
  }

  /** A value, most of the time without nulls inside. */
  String value(RandomType type) {
    return switch (type) {
      case RandomType.Scalar scalar -> dice.of(POOLS.get(scalar.name()));
      case RandomType.Collection collection -> collection(collection);
      case RandomType.Tuple tuple -> {
        List<String> parts = new ArrayList<>();
        tuple.parts().forEach(part -> parts.add(partOrNull(part)));
        int given = dice.chance(10) ? dice.between(1, parts.size()) : parts.size();
        yield "(" + String.join(", ", parts.subList(0, given)) + ")";
      }
      case RandomType.Udt udt -> {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < udt.fields().size(); i++) {
          parts.add(udt.fields().get(i) + ": " + partOrNull(udt.types().get(i)));
        }
        int given = dice.chance(10) ? dice.between(1, parts.size()) : parts.size();
        yield "{" + String.join(", ", parts.subList(0, given)) + "}";
      }
      case RandomType.Vector vector -> {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < vector.dimension(); i++) {
          parts.add(value(vector.element()));
        }
        yield "[" + String.join(", ", parts) + "]";
      }
    };
  }

  private String partOrNull(RandomType part) {
    return dice.chance(10) ? "null" : value(part);
  }

  private String collection(RandomType.Collection type) {
    List<String> parts = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    int count = dice.chance(10) ? 0 : dice.between(1, 3);
    for (int i = 0; i < count; i++) {
      String element = value(type.parts().getFirst());
      if (type.kind().equals("map") && !keys.add(element)) {
        // Which of two values of a key Cassandra takes is chance.
        continue;
      }
      parts.add(type.kind().equals("map") ? element + ": " + value(type.last()) : element);
    }
    String inner = String.join(", ", parts);
    return type.kind().equals("list") ? "[" + inner + "]" : "{" + inner + "}";
  }

  /** A literal of some type, perhaps not of this one; it begins with {@link #UNBOUND}. */
  String strange(RandomType type) {
    return UNBOUND + anything(type);
  }

  private String anything(RandomType type) {
    return switch (dice.below(4)) {
      case 0 -> "null";
      case 1 -> value(new RandomType.Scalar(dice.of(RandomType.ORDERED)));
      case 2 -> dice.of("[1]", "{1}", "{1: 2}", "(1, 'a')", "{}", "[]", "'x'", "1.5", "now()");
      default -> value(type);
    };
  }
}

package io.ilion.tools.load.codec;

import io.ilion.model.type.CqlType;
import io.ilion.tools.console.ToolException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How values are written as text, where that differs from CQL. Patterns of dates and times are
 * those of {@link DateTimeFormatter}, or {@code epoch-seconds}, {@code epoch-millis}, {@code
 * epoch-micros}, {@code epoch-nanos} for numbers.
 *
 * @param timestamp the pattern of timestamps, or null for CQL's forms
 * @param date the pattern of dates, or null
 * @param time the pattern of times, or null
 * @param zone of texts without one
 * @param decimalSeparator of numbers
 * @param thousandsSeparator of numbers; 0 for none
 * @param trueWords what means true, in any case; the first is what is written
 * @param falseWords what means false
 * @param literals whether collections are written as CQL writes them, not as JSON
 * @param floatDigits how many significant digits floats are written with, or -1 for all
 * @param doubleDigits how many significant digits doubles are written with, or -1 for all
 * @param fields the format of single fields by their names
 */
public record FieldFormats(
    String timestamp,
    String date,
    String time,
    ZoneId zone,
    char decimalSeparator,
    char thousandsSeparator,
    List<String> trueWords,
    List<String> falseWords,
    boolean literals,
    int floatDigits,
    int doubleDigits,
    Map<String, String> fields) {

  /** CQL's own forms. */
  public static final FieldFormats STANDARD =
      new FieldFormats(
          null,
          null,
          null,
          ZoneOffset.UTC,
          '.',
          (char) 0,
          List.of("true", "yes", "on", "y", "t", "1"),
          List.of("false", "no", "off", "n", "f", "0"),
          false,
          -1,
          -1,
          Map.of());

  /** With patterns; null for CQL's forms. */
  public FieldFormats times(
      String timestampPattern, String datePattern, String timePattern, ZoneId zoneId) {
    return new FieldFormats(
        timestampPattern,
        datePattern,
        timePattern,
        zoneId,
        decimalSeparator,
        thousandsSeparator,
        trueWords,
        falseWords,
        literals,
        floatDigits,
        doubleDigits,
        fields);
  }

  /** With separators; 0 for no thousands. */
  public FieldFormats numbers(char decimal, char thousands) {
    if (decimal == thousands) {
      throw ToolException.wrongUse("the separators of decimals and thousands are the same");
    }
    return new FieldFormats(
        timestamp,
        date,
        time,
        zone,
        decimal,
        thousands,
        trueWords,
        falseWords,
        literals,
        floatDigits,
        doubleDigits,
        fields);
  }

  /** With the words of booleans, as {@code yes,y:no,n}. */
  public FieldFormats booleans(String words) {
    String[] sides = words.split(":", -1);
    if (sides.length != 2 || sides[0].isBlank() || sides[1].isBlank()) {
      // cqlsh writes them with a comma.
      sides = words.split(",", -1);
    }
    if (sides.length != 2 || sides[0].isBlank() || sides[1].isBlank()) {
      throw ToolException.wrongUse("booleans " + words + ": expected such as yes,y:no,n");
    }
    return new FieldFormats(
        timestamp,
        date,
        time,
        zone,
        decimalSeparator,
        thousandsSeparator,
        words(sides[0]),
        words(sides[1]),
        literals,
        floatDigits,
        doubleDigits,
        fields);
  }

  private static List<String> words(String side) {
    return List.of(side.strip().split("\\s*,\\s*"));
  }

  /** With collections as CQL writes them, and so many significant digits of floats and doubles. */
  public FieldFormats literals(boolean likeCql, int digitsOfFloats, int digitsOfDoubles) {
    return new FieldFormats(
        timestamp,
        date,
        time,
        zone,
        decimalSeparator,
        thousandsSeparator,
        trueWords,
        falseWords,
        likeCql,
        digitsOfFloats,
        digitsOfDoubles,
        fields);
  }

  /** With formats of single fields by the names of their columns. */
  public FieldFormats fields(Map<String, String> patterns) {
    return new FieldFormats(
        timestamp,
        date,
        time,
        zone,
        decimalSeparator,
        thousandsSeparator,
        trueWords,
        falseWords,
        literals,
        floatDigits,
        doubleDigits,
        Map.copyOf(new LinkedHashMap<>(patterns)));
  }

  /**
   * Sees to it that nothing was said of a field that there is not.
   *
   * @throws ToolException if it was
   */
  public void checkFields(Collection<String> known) {
    for (String field : fields.keySet()) {
      if (!known.contains(field)) {
        throw ToolException.wrongUse("format of " + field + ": there is no column " + field)
            .hint("there are " + String.join(", ", known));
      }
    }
  }

  /** These formats with what was said of a field in place of what holds for its type. */
  FieldFormats of(String field, CqlType type) {
    String pattern = fields.get(field);
    if (pattern == null) {
      return this;
    }
    return switch (type.kind()) {
      case TIMESTAMP -> times(pattern, date, time, zone);
      case DATE -> times(timestamp, pattern, time, zone);
      case TIME -> times(timestamp, date, pattern, zone);
      case BOOLEAN -> booleans(pattern);
      case DECIMAL, DOUBLE, FLOAT, INT, BIGINT, SMALLINT, TINYINT, VARINT, COUNTER -> {
        if (pattern.isEmpty() || pattern.length() > 2) {
          throw ToolException.wrongUse("format of " + field + ": expected ',' or ',.'")
              .hint("the separator of decimals, and that of thousands if there is one");
        }
        yield numbers(pattern.charAt(0), pattern.length() > 1 ? pattern.charAt(1) : 0);
      }
      default ->
          throw ToolException.wrongUse(
              "format of " + field + ": there is none for the type " + type.cqlName());
    };
  }

  /** How many of an epoch's units make a second, or 0 if the pattern is none. */
  static long unitsPerSecond(String pattern) {
    return switch (pattern) {
      case "epoch-seconds" -> 1;
      case "epoch-millis" -> 1_000;
      case "epoch-micros" -> 1_000_000;
      case "epoch-nanos" -> 1_000_000_000;
      default -> 0;
    };
  }

  /** A formatter for a pattern. */
  static DateTimeFormatter formatter(String pattern, ZoneId zone) {
    try {
      String java = pattern.indexOf('%') >= 0 ? Strftime.toJava(pattern) : pattern;
      return new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern(java)
          .toFormatter(Locale.ROOT)
          .withZone(zone);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw ToolException.wrongUse("the pattern " + pattern + ": " + e.getMessage()).causedBy(e);
    }
  }
}

package io.ilion.server.operations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a parameter can be. Each reads what JSON can say and what a command line can, which has text
 * alone.
 *
 * @param <T> of the values
 */
public final class ParameterType<T> {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(b|kib|mib|gib|tib)?");

  /** Any text of one line that is not empty. */
  public static final ParameterType<String> TEXT =
      new ParameterType<>("text", ParameterType::text, value -> value);

  /** Several texts; a single one will do. */
  public static final ParameterType<List<String>> TEXTS =
      new ParameterType<>("texts", ParameterType::texts, value -> value);

  /** True or false. */
  public static final ParameterType<Boolean> BOOLEAN =
      new ParameterType<>("boolean", ParameterType::bool, value -> value);

  /** A whole number of 64 bits. */
  public static final ParameterType<Long> INTEGER =
      new ParameterType<>("integer", ParameterType::integer, value -> value);

  /** A number with a fraction. */
  public static final ParameterType<Double> NUMBER =
      new ParameterType<>("number", ParameterType::number, value -> value);

  /** A host id, or whatever else has such a name. */
  public static final ParameterType<UUID> UUID =
      new ParameterType<>("uuid", ParameterType::uuid, java.util.UUID::toString);

  /** Such as 500ms, 10s, 5m, 2h or 1d. */
  public static final ParameterType<Duration> DURATION_TEXT =
      new ParameterType<>("duration", ParameterType::duration, ParameterType::durationText);

  /** The same; a number alone is milliseconds. */
  public static final ParameterType<Duration> MILLIS_TEXT =
      new ParameterType<>("duration", ParameterType::millis, ParameterType::durationText);

  /** Bytes, such as 64MiB; a number alone is bytes too. */
  public static final ParameterType<Long> SIZE_TEXT =
      new ParameterType<>("size", ParameterType::size, value -> value);

  /** Bytes with a unit, such as 25MiB, or 0: a number alone is something else in every tool. */
  public static final ParameterType<Long> SPEED_TEXT =
      new ParameterType<>("speed", ParameterType::speed, value -> value);

  /** Reads a value. */
  private interface Reader<T> {
    /** The value, or null if this is none. */
    T read(Object given);
  }

  /** Makes JSON of a value. */
  private interface Writer<T> {
    Object write(T value);
  }

  private final String name;
  private final Reader<T> reader;
  private final Writer<T> writer;

  private ParameterType(String name, Reader<T> reader, Writer<T> writer) {
    this.name = name;
    this.reader = reader;
    this.writer = writer;
  }

  /** What a reader of a help page should know, such as "integer". */
  public String name() {
    return name;
  }

  /** What JSON says of a value that this type read, or null of null. */
  public Object toJson(T value) {
    return value == null ? null : writer.write(value);
  }

  /**
   * Reads a value.
   *
   * @throws OperationException if it is not of this type
   */
  T read(String parameter, Object given) {
    T value;
    try {
      value = reader.read(given);
    } catch (IllegalArgumentException | ArithmeticException e) {
      value = null;
    }
    if (value == null) {
      throw OperationException.badArgument(
          "'" + shortened(given) + "' is not a value of " + parameter + ", which is " + hint());
    }
    return value;
  }

  private String hint() {
    return switch (name) {
      case "boolean" -> "true or false";
      case "integer" -> "a whole number";
      case "number" -> "a number";
      case "uuid" -> "a UUID";
      case "duration" -> "a duration such as 10s, 5m or 2h";
      case "speed" -> "a size with its unit, such as 25MiB (200 megabits), or 0";
      case "size" -> "a size such as 64MiB";
      case "texts" -> "a list of texts";
      default -> "a text";
    };
  }

  private static String shortened(Object given) {
    String text = String.valueOf(given);
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }

  private static String text(Object given) {
    // What is given is logged, so it has to stay on its line.
    return given instanceof String text
            && !text.isEmpty()
            && text.chars().noneMatch(Character::isISOControl)
        ? text
        : null;
  }

  private static List<String> texts(Object given) {
    if (!(given instanceof List<?> list)) {
      String text = text(given);
      return text == null ? null : List.of(text);
    }
    List<String> texts = new ArrayList<>();
    for (Object one : list) {
      String text = text(one);
      if (text == null) {
        return null;
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  private static Boolean bool(Object given) {
    return switch (given) {
      case Boolean value -> value;
      case String text when text.equalsIgnoreCase("true") -> true;
      case String text when text.equalsIgnoreCase("false") -> false;
      case null, default -> null;
    };
  }

  private static Long integer(Object given) {
    return switch (given) {
      case Integer value -> value.longValue();
      case Long value -> value;
      case String text -> Long.valueOf(text.trim());
      case null, default -> null;
    };
  }

  private static Double number(Object given) {
    Double value =
        switch (given) {
          case Number number -> number.doubleValue();
          case String text -> Double.valueOf(text.trim());
          case null, default -> null;
        };
    return value == null || value.isNaN() || value.isInfinite() ? null : value;
  }

  private static UUID uuid(Object given) {
    String text = text(given);
    return text == null || text.length() != 36 ? null : java.util.UUID.fromString(text);
  }

  private static Duration duration(Object given) {
    String text = text(given);
    Matcher matcher = text == null ? null : DURATION.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (matcher == null || !matcher.matches()) {
      return null;
    }
    long amount = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          case "h" -> Duration.ofHours(amount);
          default -> Duration.ofDays(amount);
        };
    // Whoever uses it wants nanoseconds.
    return Duration.ofNanos(duration.toNanos());
  }

  private static Duration millis(Object given) {
    boolean isNumber =
        given instanceof Integer
            || given instanceof Long
            || (given instanceof String text && text.matches("\\d{1,15}"));
    return duration(isNumber ? given + "ms" : given);
  }

  private static String durationText(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private static Long speed(Object given) {
    boolean isPlain = given instanceof Number || (given instanceof String text && isNumber(text));
    Long bytes = size(given);
    return isPlain && (bytes == null || bytes != 0) ? null : bytes;
  }

  private static boolean isNumber(String text) {
    return text.matches("\\d+");
  }

  private static Long size(Object given) {
    if (given instanceof Integer || given instanceof Long) {
      long bytes = ((Number) given).longValue();
      return bytes < 0 ? null : bytes;
    }
    String text = text(given);
    Matcher matcher = text == null ? null : SIZE.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (matcher == null || !matcher.matches()) {
      return null;
    }
    String unit = matcher.group(2) == null ? "b" : matcher.group(2);
    int shift = 10 * List.of("b", "kib", "mib", "gib", "tib").indexOf(unit);
    return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
  }
}

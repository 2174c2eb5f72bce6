package io.ilion.server.config;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the values of a setting are written.
 *
 * @param <T> the type of a value in the program
 * @param hint a short name for the values, as help shows it: {@code SIZE}
 * @param rule completes "expected ..." in an error message
 * @param parser returns the value of a text, or throws IllegalArgumentException
 * @param printer returns a text that the parser reads as the same value
 */
public record SettingType<T>(
    String hint, String rule, Function<String, T> parser, Function<T, String> printer) {

  private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ns|us|µs|ms|s|m|h|d)");
  private static final Pattern SIZE =
      Pattern.compile("(\\d+)\\s*(B|KiB|MiB|GiB|TiB|[kKmMgGtT]|[kKmMgGtT][bB])?");
  private static final Pattern HOST =
      Pattern.compile("[\\w.-]+(:\\d{1,5})?|[0-9a-fA-F:]+|\\[[0-9a-fA-F:]+](:\\d{1,5})?");
  private static final Pattern RATE = Pattern.compile("(\\d+)\\s*(B|KiB|MiB|GiB)/s");
  private static final List<String> SIZE_UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");
  private static final int DEEPEST_SHIFT = 40;

  /** Any text that is not empty. */
  public static SettingType<String> text() {
    return new SettingType<>(
        "TEXT",
        "a text that is not empty",
        text -> {
          require(!text.isBlank());
          return text.strip();
        },
        Function.identity());
  }

  /** The path of a file, from where the process is started if it is relative; empty for none. */
  public static SettingType<String> file() {
    return new SettingType<>("FILE", "the path of a file", String::strip, Function.identity());
  }

  /** The name or address of a host. */
  public static SettingType<String> host() {
    return new SettingType<>(
        "HOST",
        "a name or an address",
        text -> {
          require(text.strip().matches("[\\w.-]+|[0-9a-fA-F:]+"));
          return text.strip();
        },
        Function.identity());
  }

  /**
   * Other nodes, separated by commas, each with or without a port: {@code 10.0.0.1,10.0.0.2:7001};
   * may be empty. An IPv6 address with a port stands in brackets.
   */
  public static SettingType<List<String>> hosts() {
    return new SettingType<>(
        "HOSTS",
        "names or addresses separated by commas, each with or without a port",
        text ->
            Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(host -> !host.isEmpty())
                .peek(host -> require(HOST.matcher(host).matches()))
                .toList(),
        hosts -> String.join(",", hosts));
  }

  /** A whole number between two bounds, both included. */
  public static SettingType<Integer> integer(int min, int max) {
    return new SettingType<>(
        "N",
        "a whole number from " + min + " to " + max,
        text -> {
          int value = Integer.parseInt(text.strip());
          require(value >= min && value <= max);
          return value;
        },
        value -> Integer.toString(value));
  }

  /** A whole number of at least 1, or -1 for "no limit". */
  public static SettingType<Integer> limit() {
    return new SettingType<>(
        "N",
        "a whole number of at least 1, or -1 for no limit",
        text -> {
          int value = Integer.parseInt(text.strip());
          require(value == -1 || value >= 1);
          return value;
        },
        value -> Integer.toString(value));
  }

  /** A TCP port; 0 lets the operating system choose one. */
  public static SettingType<Integer> port() {
    return integer(0, 65_535);
  }

  /** As {@link #port}, or -1 for none. */
  public static SettingType<Integer> optionalPort() {
    return integer(-1, 65_535);
  }

  /** {@code true} or {@code false}. */
  public static SettingType<Boolean> bool() {
    return new SettingType<>(
        "BOOL",
        "true or false",
        text ->
            switch (text.strip().toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException(text);
            },
        value -> Boolean.toString(value));
  }

  /** One of the constants of an enumeration, in any case. */
  public static <E extends Enum<E>> SettingType<E> choice(Class<E> type) {
    String names =
        Arrays.stream(type.getEnumConstants())
            .map(SettingType::lowerCase)
            .collect(Collectors.joining("|"));
    return new SettingType<>(
        names,
        "one of " + names.replace("|", ", "),
        text -> Enum.valueOf(type, text.strip().toUpperCase(Locale.ROOT)),
        SettingType::lowerCase);
  }

  /** A number of bytes: {@code 32MiB}, {@code 1G}, {@code 4096}; all units are powers of 1024. */
  public static SettingType<Long> size(long min, long max) {
    return new SettingType<>(
        "SIZE",
        "a size from " + printSize(min) + " to " + printSize(max) + ", such as 32MiB or 1G",
        text -> {
          long value = parseSize(text);
          require(value >= min && value <= max);
          return value;
        },
        SettingType::printSize);
  }

  /** A number of bytes, or -1 for "no limit". */
  public static SettingType<Long> sizeLimit() {
    return new SettingType<>(
        "SIZE",
        "a size of at least 1B, such as 32MiB or 1G, or -1 for no limit",
        text -> {
          if (text.strip().equals("-1")) {
            return -1L;
          }
          long value = parseSize(text);
          require(value >= 1);
          return value;
        },
        value -> value == -1 ? "-1" : printSize(value));
  }

  /** Bytes a second: {@code 64MiB/s}; 0 means "no limit". */
  public static SettingType<Long> rate() {
    return new SettingType<>(
        "RATE",
        "a rate such as 64MiB/s, or 0 for no limit",
        text -> {
          if (text.strip().equals("0")) {
            return 0L;
          }
          Matcher matcher = matched(RATE, text);
          return scale(matcher.group(1), matcher.group(2));
        },
        value -> value == 0 ? "0" : printSize(value) + "/s");
  }

  /** A duration: {@code 10s}, {@code 200ms}, {@code 7d}; a bare 0 is allowed where the least is. */
  public static SettingType<Duration> duration(Duration min, Duration max) {
    return new SettingType<>(
        "DURATION",
        "a duration from "
            + printDuration(min)
            + " to "
            + printDuration(max)
            + ", such as 500ms or 10s",
        text -> {
          Duration value = parseDuration(text);
          require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
          return value;
        },
        SettingType::printDuration);
  }

  private static long parseSize(String text) {
    Matcher matcher = matched(SIZE, text);
    return scale(matcher.group(1), matcher.group(2) == null ? "B" : matcher.group(2));
  }

  private static long scale(String digits, String unit) {
    int shift = 10 * "BKMGT".indexOf(Character.toUpperCase(unit.charAt(0)));
    return new BigInteger(digits).shiftLeft(shift).longValueExact();
  }

  private static String printSize(long bytes) {
    int shift =
        bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10 * 10, DEEPEST_SHIFT);
    return (bytes >> shift) + SIZE_UNITS.get(shift / 10);
  }

  private static Duration parseDuration(String text) {
    if (text.strip().equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = matched(DURATION, text);
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ns" -> Duration.ofNanos(amount);
      case "us", "µs" -> Duration.ofNanos(Math.multiplyExact(amount, 1_000L));
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static String printDuration(Duration value) {
    if (value.isZero()) {
      return "0s";
    }
    List<String> units = new ArrayList<>(List.of("d", "h", "m", "s", "ms", "us", "ns"));
    long[] nanos = {
      86_400_000_000_000L,
      3_600_000_000_000L,
      60_000_000_000L,
      1_000_000_000L,
      1_000_000L,
      1_000L,
      1
    };
    int unit = 0;
    while (value.toNanos() % nanos[unit] != 0) {
      unit++;
    }
    return value.toNanos() / nanos[unit] + units.get(unit);
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text.strip());
    require(matcher.matches());
    return matcher;
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("out of its bounds");
    }
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}

package io.ilion.tools.load.codec;

/** Python's patterns of times, which cqlsh's DATETIMEFORMAT takes, as those of Java. */
final class Strftime {
  private Strftime() {}

  static String toJava(String pattern) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '%' && i + 1 < pattern.length()) {
        out.append(directive(pattern.charAt(++i)));
      } else if (Character.isLetter(c) || c == '\'' || "[]{}#".indexOf(c) >= 0) {
        out.append(c == '\'' ? "''" : "'" + c + "'");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String directive(char c) {
    return switch (c) {
      case 'Y' -> "uuuu";
      case 'y' -> "uu";
      case 'm' -> "MM";
      case 'd' -> "dd";
      case 'H' -> "HH";
      case 'I' -> "hh";
      case 'M' -> "mm";
      case 'S' -> "ss";
      case 'f' -> "SSSSSS";
      case 'p' -> "a";
      case 'z' -> "xx";
      case 'Z' -> "zzz";
      case 'b' -> "MMM";
      case 'B' -> "MMMM";
      case 'a' -> "EEE";
      case 'A' -> "EEEE";
      case 'j' -> "DDD";
      case '%' -> "'%'";
      default -> throw new IllegalArgumentException("unknown directive %" + c);
    };
  }
}

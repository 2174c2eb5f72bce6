package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Native types against the answers of Cassandra's own classes. A line of the file is what was asked
 * (S: value of a string, J: value of a JSON string, V: is valid, T: as JSON, L: as a literal, C:
 * order of two values), the type's class, what was given (text, or values in hexadecimal digits;
 * %xx for special characters), and the answer: x and digits, text, or E and the message.
 */
class TypesAsCassandraTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void nativeTypesAnswerAsCassandraDoes() throws IOException {
    check("types.txt");
  }

  /** Asks for their names too: N, the class name, the CQL name, the class name printed. */
  @Test
  void typesOfPartsAnswerAsCassandraDoes() throws IOException {
    check("complex.txt");
  }

  private static void check(String file) throws IOException {
    SoftAssertions softly = new SoftAssertions();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                TypesAsCassandraTest.class.getResourceAsStream(file), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String[] parts = line.split("\\|", 4);
        CqlType type = type(parts[1]);
        softly.assertThat(answer(parts[0], type, parts[2])).as(line).isEqualTo(parts[3]);
      }
    }
    softly.assertAll();
  }

  private static CqlType type(String className) {
    return TypeParser.parseClassName(
        className.replaceAll("([A-Za-z0-9]+Type)", NativeType.MARSHAL + "$1"));
  }

  private static String answer(String question, CqlType type, String given) {
    try {
      return switch (question) {
        case "S" -> "x" + HEX.formatHex(type.fromString(unescape(given)));
        case "J" -> "x" + HEX.formatHex(type.fromJson(unescape(given)));
        case "N" ->
            type.cqlName().equals(given)
                ? type.className().replace(NativeType.MARSHAL, "")
                : type.cqlName();
        case "V" -> {
          type.validate(HEX.parseHex(given));
          yield "ok";
        }
        case "T" -> escape(type.toJson(HEX.parseHex(given)));
        case "L" -> escape(type.toCqlLiteral(HEX.parseHex(given)));
        default -> order(type, given.split(",", -1));
      };
    } catch (CqlException e) {
      return "E " + e.getMessage();
    }
  }

  /** The order of two values, by the type and by their comparable forms, which must be the same. */
  private static String order(CqlType type, String[] values) {
    byte[] left = HEX.parseHex(values[0]);
    byte[] right = HEX.parseHex(values[1]);
    int order = Integer.signum(type.compare(left, right));
    if (left.length > 0 && right.length > 0) {
      byte[] a = comparable(type, left);
      byte[] b = comparable(type, right);
      if (Integer.signum(Arrays.compareUnsigned(a, b)) != order) {
        return "comparable forms disagree";
      }
      if (type.compare(type.readComparable(new ComparableReader(a)), left) != 0) {
        return "comparable form read back differs";
      }
    }
    return Integer.toString(order);
  }

  private static byte[] comparable(CqlType type, byte[] value) {
    ByteSink out = new ByteSink();
    type.writeComparable(value, out);
    return out.toByteArray();
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (c < 32 || c == '|' || c == '%') {
        out.append(String.format("%%%02x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%') {
        out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }
}

package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ValueTextTest {
  private static final HexFormat HEX = HexFormat.of();

  private static String render(String type, String hex) {
    return ValueText.render(TypeText.parseCql(type), HEX.parseHex(hex));
  }

  @Test
  void printsValuesAsLiterals() {
    assertThat(render("int", "ffffffff")).isEqualTo("-1");
    assertThat(render("text", "69742773")).isEqualTo("'it''s'");
    assertThat(render("text", "0a")).isEqualTo("'\\n'");
    assertThat(render("decimal", "0000000296")).isEqualTo("-1.06");
    assertThat(render("date", "80000000")).isEqualTo("'1970-01-01'");
    assertThat(render("duration", "0204897a")).isEqualTo("1mo2d1213ns");
    assertThat(render("list<int>", "0000000200000004000000010000000400000002")).isEqualTo("[1, 2]");
    assertThat(render("tuple<int, text>", "ffffffff0000000161")).isEqualTo("(null, 'a')");
    assertThat(render("vector<float, 2>", "3f80000040000000")).isEqualTo("[1.0, 2.0]");
  }

  @Test
  void printsTheBytesWhereALiteralWouldLoseSomething() {
    assertThat(render("int", "")).isEqualTo("empty");
    assertThat(render("int", "01")).isEqualTo("0x01");
    assertThat(render("boolean", "02")).isEqualTo("0x02");
    assertThat(render("varint", "0001")).isEqualTo("0x0001");
    assertThat(render("text", "ff")).isEqualTo("0xff");
    assertThat(render("double", "fff8000000000001")).isEqualTo("0xfff8000000000001");
    assertThat(ValueText.render(TypeText.parseCql("int"), null)).isEqualTo("null");
  }

  @Test
  void everyRenderingParsesBackToTheSameBytes() {
    String[] types = {
      "ascii", "bigint", "blob", "boolean", "decimal", "double", "float", "inet", "int",
      "smallint", "text", "time", "timestamp", "tinyint", "uuid", "varint", "date", "duration",
      "list<text>", "map<int, text>", "tuple<int, text>", "vector<int, 2>"
    };
    SplittableRandom random = new SplittableRandom(20261121);
    for (int i = 0; i < 20_000; i++) {
      WireType type = TypeText.parseCql(types[random.nextInt(types.length)]);
      byte[] value = new byte[random.nextInt(20)];
      random.nextBytes(value);
      String text = ValueText.render(type, value);
      assertThat(ValueParser.parse(type, text)).as("%s %s", type, text).isEqualTo(value);
    }
  }
}

package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.NativeType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The expected texts are cqlsh's. */
class ValueTextTest {
  private final ValueText text = new ValueText(Strftime.CQLSH, ZoneOffset.UTC, 5, 5);

  @Test
  void floatsHaveFiveDigitsBehindThePoint() {
    assertThat(ValueText.floating(-2.1f, 5)).isEqualTo("-2.1");
    assertThat(ValueText.floating(1e5f, 5)).isEqualTo("1e+05");
    assertThat(ValueText.floating(1e8f, 5)).isEqualTo("1e+08");
    assertThat(ValueText.floating(-1004.10, 5)).isEqualTo("-1004.1");
    assertThat(ValueText.floating(1e7, 5)).isEqualTo("1e+07");
    assertThat(ValueText.floating(1, 5)).isEqualTo("1");
    assertThat(ValueText.floating(0, 5)).isEqualTo("0");
    assertThat(ValueText.floating(-0.0, 5)).isEqualTo("-0");
    assertThat(ValueText.floating(1.0 / 3, 5)).isEqualTo("0.333333");
    assertThat(ValueText.floating(12345.678, 5)).isEqualTo("12345.678");
    assertThat(ValueText.floating(0.00001234, 5)).isEqualTo("1.2e-05");
    assertThat(ValueText.floating(3.14159265, 12)).isEqualTo("3.14159265");
    assertThat(ValueText.floating(Double.NaN, 5)).isEqualTo("NaN");
    assertThat(ValueText.floating(Double.NEGATIVE_INFINITY, 5)).isEqualTo("-Infinity");
  }

  @Test
  void timestampsAreInTheirZone() {
    assertThat(of(NativeType.TIMESTAMP, Instant.parse("2012-05-14T12:53:20Z")))
        .isEqualTo("2012-05-14 12:53:20.000000+0000");
    ValueText there = new ValueText("%d.%m.%y %H:%M%z", ZoneId.of("America/Sao_Paulo"), 5, 5);
    assertThat(
            there.of(
                NativeType.TIMESTAMP,
                NativeType.TIMESTAMP.encode(Instant.parse("2012-05-14T12:53:20Z"))))
        .isEqualTo("14.05.12 09:53-0300");
    assertThat(of(NativeType.TIMESTAMP, Instant.ofEpochMilli(300_000_000_000_000L)))
        .isEqualTo("300000000000000");
  }

  @Test
  void textsAreOneLine() {
    assertThat(of(NativeType.TEXT, "new\nline\r\\\u0000\u0085"))
        .isEqualTo("new\\nline\\r\\\\\\x00\\x85");
    assertThat(of(NativeType.TEXT, "")).isEmpty();
    assertThat(of(new ListType(NativeType.TEXT, true), List.of("it's", "")))
        .isEqualTo("['it''s', '']");
  }

  @Test
  void addressesAreShort() throws UnknownHostException {
    assertThat(of(NativeType.INET, InetAddress.getByName("::1"))).isEqualTo("::1");
    assertThat(of(NativeType.INET, InetAddress.getByName("2001:db8:0:0:1:0:0:1")))
        .isEqualTo("2001:db8::1:0:0:1");
    assertThat(of(NativeType.INET, InetAddress.getByName("127.0.0.1"))).isEqualTo("127.0.0.1");
    assertThat(
            of(new ListType(NativeType.INET, true), List.of(InetAddress.getByName("fe80:0:0::1"))))
        .isEqualTo("['fe80::1']");
  }

  @Test
  void nullAndWhatIsNoValueAreShown() {
    assertThat(text.of(NativeType.INT, null)).isEqualTo("null");
    assertThat(text.of(NativeType.INT, new byte[0])).isEmpty();
    assertThat(text.of(NativeType.BLOB, new byte[0])).isEqualTo("0x");
    assertThat(text.of(NativeType.TIMESTAMP, new byte[] {1, 2})).isEqualTo("0x0102");
  }

  private String of(CqlType type, Object value) {
    return text.of(type, type.encode(value));
  }
}

package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Errors of too few replicas, byte for byte as the specification of each version has them. */
class ErrorBytesTest {
  /** "Operation timed out - received only 3 responses.", which older versions are told. */
  private static final String TIMED_OUT =
      "0030 4f7065726174696f6e2074696d6564206f7574202d207265636569766564206f6e6c79203320726573706f"
          + "6e7365732e";

  private static ErrorDetails.Failures oneFailed() throws UnknownHostException {
    return ErrorDetails.Failures.of(Map.of(InetAddress.getByAddress(new byte[] {10, 0, 0, 4}), 2));
  }

  private static void expect(
      ErrorCode code, ErrorDetails details, String three, String four, String five) {
    Response.Error error = new Response.Error(code, "m", details);
    assertThat(bytes(error, ProtocolVersion.V3)).as("version 3").isEqualTo(plain(three));
    assertThat(bytes(error, ProtocolVersion.V4)).as("version 4").isEqualTo(plain(four));
    assertThat(bytes(error, ProtocolVersion.V5)).as("version 5").isEqualTo(plain(five));
  }

  private static String bytes(Response.Error error, ProtocolVersion version) {
    ByteBuf out = Unpooled.buffer();
    ErrorCodec.write(error, version, out);
    return ByteBufUtil.hexDump(out);
  }

  private static String plain(String hex) {
    return hex.replace(" ", "");
  }

  @Test
  void unavailable() {
    String same = "00001000 0001 6d 0004 00000004 00000003";
    expect(
        ErrorCode.UNAVAILABLE,
        new ErrorDetails.Unavailable(Consistency.QUORUM, 4, 3),
        same,
        same,
        same);
  }

  @Test
  void readTimeout() {
    String same = "00001200 0001 6d 0006 00000001 00000002 01";
    expect(
        ErrorCode.READ_TIMEOUT,
        new ErrorDetails.ReadTimeout(Consistency.LOCAL_QUORUM, 1, 2, true),
        same,
        same,
        same);
  }

  @Test
  void writeTimeout() {
    String same = "00001100 0001 6d 0007 00000003 00000004 0006 53494d504c45";
    expect(
        ErrorCode.WRITE_TIMEOUT,
        new ErrorDetails.WriteTimeout(Consistency.EACH_QUORUM, 3, 4, WriteType.SIMPLE, 0),
        same,
        same,
        same);
  }

  @Test
  void writeTimeoutOfADecision() {
    String older = "00001100 " + TIMED_OUT + " 0008 00000003 00000004 0003 434153";
    expect(
        ErrorCode.WRITE_TIMEOUT,
        new ErrorDetails.WriteTimeout(Consistency.SERIAL, 3, 4, WriteType.CAS, 7),
        older,
        older,
        "00001100 0001 6d 0008 00000003 00000004 0003 434153 0007");
  }

  @Test
  void readFailure() throws UnknownHostException {
    expect(
        ErrorCode.READ_FAILURE,
        new ErrorDetails.ReadFailure(Consistency.QUORUM, 3, 4, oneFailed(), false),
        "00001200 " + TIMED_OUT + " 0004 00000003 00000004 00",
        "00001300 0001 6d 0004 00000003 00000004 00000001 00",
        "00001300 0001 6d 0004 00000003 00000004 00000001 04 0a000004 0002 00");
  }

  @Test
  void writeFailure() throws UnknownHostException {
    expect(
        ErrorCode.WRITE_FAILURE,
        new ErrorDetails.WriteFailure(Consistency.ALL, 3, 6, oneFailed(), WriteType.BATCH),
        "00001100 " + TIMED_OUT + " 0005 00000003 00000006 0005 4241544348",
        "00001500 0001 6d 0005 00000003 00000006 00000001 0005 4241544348",
        "00001500 0001 6d 0005 00000003 00000006 00000001 04 0a000004 0002 0005 4241544348");
  }

  @Test
  void anUnknownDecision() {
    String older = "00001100 " + TIMED_OUT + " 0009 00000003 00000004 0003 434153";
    expect(
        ErrorCode.CAS_WRITE_UNKNOWN,
        new ErrorDetails.CasWriteUnknown(Consistency.LOCAL_SERIAL, 3, 4),
        older,
        older,
        "00001700 0001 6d 0009 00000003 00000004");
  }
}

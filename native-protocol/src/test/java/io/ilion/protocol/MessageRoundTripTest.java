package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.TypeParser;
import io.ilion.model.type.UserType;
import io.ilion.model.type.Values;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageRoundTripTest {
  private static final int SEEDS = 300;
  private static final int LIMIT = 1 << 20;

  static Envelope onlyEnvelope(ByteBuf bytes) {
    EnvelopeReader reader = new EnvelopeReader(ByteBufAllocator.DEFAULT, LIMIT);
    reader.feed(bytes);
    Envelope envelope = reader.next();
    assertThat(envelope).isNotNull();
    return envelope;
  }

  @ParameterizedTest
  @EnumSource
  void everyRequest(ProtocolVersion version) {
    for (long seed = 0; seed < SEEDS; seed++) {
      for (RequestEnvelope request : new Samples(seed).requestEnvelopes(version)) {
        ByteBuf bytes = Unpooled.buffer();
        RequestCodec.encode(request, bytes);
        int size = bytes.readableBytes();
        Envelope envelope = onlyEnvelope(bytes);
        RequestEnvelope back = RequestCodec.decode(envelope);
        assertThat(back.message()).as("seed %d", seed).isEqualTo(request.message());
        assertThat(back.stream()).isEqualTo(request.stream());
        assertThat(back.tracing()).isEqualTo(request.tracing());
        assertThat(back.size()).isEqualTo(size);
        assertSamePayload(back.customPayload(), request.customPayload());
        assertThat(envelope.body().isReadable()).as("all was read, seed %d", seed).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyResponse(ProtocolVersion version) {
    for (long seed = 0; seed < SEEDS; seed++) {
      Samples samples = new Samples(seed);
      for (Response response : samples.responses(version)) {
        UUID trace = seed % 2 == 0 ? samples.uuid() : null;
        boolean more = seed % 3 == 0 && version.atLeast(ProtocolVersion.V4);
        List<String> warnings = more ? List.of(samples.text(), "w") : List.of();
        Map<String, byte[]> payload = more ? samples.bytesMap() : null;
        ByteBuf bytes = Unpooled.buffer();
        ResponseCodec.encode(
            new ResponseEnvelope(version, 7, trace, warnings, payload, response), bytes);
        Envelope envelope = onlyEnvelope(bytes);
        ResponseEnvelope back = ResponseCodec.decode(envelope);
        assertThat(back.message()).as("seed %d", seed).isEqualTo(response);
        assertThat(back.tracingId()).isEqualTo(trace);
        assertThat(back.warnings()).isEqualTo(warnings);
        assertSamePayload(back.customPayload(), payload);
        assertThat(envelope.body().isReadable()).as("all was read, seed %d", seed).isFalse();
      }
    }
  }

  private static void assertSamePayload(Map<String, byte[]> actual, Map<String, byte[]> expected) {
    if (expected == null) {
      assertThat(actual).isNull();
      return;
    }
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((key, value) -> assertThat(actual.get(key)).isEqualTo(value));
  }

  /** Packed rows hold what the others hold, and are written as they were read. */
  private static void assertSamePacked(
      ResponseEnvelope expected, ResponseEnvelope actual, String hint) {
    Result.Rows rows = (Result.Rows) expected.message();
    PackedRows packed = (PackedRows) actual.message();
    assertThat(packed.metadata()).as(hint).isEqualTo(rows.metadata());
    assertThat(packed.columnCount()).isEqualTo(rows.columnCount());
    assertThat(packed.rowCount()).isEqualTo(rows.rows().size());
    assertThat(packed.pagingState()).isEqualTo(rows.pagingState());
    assertThat(packed.changedMetadataId()).isEqualTo(rows.changedMetadataId());
    for (int i = 0; i < packed.rowCount(); i++) {
      for (int j = 0; j < packed.columnCount(); j++) {
        byte[] value = rows.rows().get(i)[j];
        assertThat(packed.value(i, j)).as(hint).isEqualTo(value);
        assertThat(packed.length(i, j)).isEqualTo(value == null ? -1 : value.length);
      }
    }
    ByteBuf written = Unpooled.buffer();
    ByteBuf packedAgain = Unpooled.buffer();
    ResponseCodec.encode(expected, written);
    ResponseCodec.encode(actual, packedAgain);
    assertThat(packedAgain).as(hint).isEqualTo(written);
  }

  @ParameterizedTest
  @EnumSource
  void rows(ProtocolVersion version) {
    for (long seed = 0; seed < SEEDS; seed++) {
      for (ByteBuf out :
          List.of(
              Unpooled.buffer(),
              Unpooled.directBuffer(),
              ByteBufAllocator.DEFAULT.directBuffer(16))) {
        Samples samples = new Samples(seed);
        RowsMetadata metadata = samples.metadata(1 + (int) seed % 4);
        boolean describe = seed % 5 != 0;
        byte[] pagingState = seed % 2 == 0 ? samples.bytes(60) : null;
        Digest changed =
            describe && seed % 3 == 0 && version.atLeast(ProtocolVersion.V5) ? metadata.id() : null;
        List<byte[][]> rows = new ArrayList<>();
        out.writeInt(42);
        int start = ResponseWriter.begin(out, version, 9, Opcode.RESULT);
        RowsWriter writer = new RowsWriter(out, version, metadata, describe, changed);
        for (int i = 0; i < seed % 7; i++) {
          byte[][] row = new byte[metadata.size()][];
          for (int j = 0; j < row.length; j++) {
            row[j] = (i + j) % 5 == 0 ? null : samples.bytes(300);
            writer.cell(row[j]);
          }
          writer.endRow();
          rows.add(row);
        }
        assertThat(writer.rowCount()).isEqualTo(rows.size());
        writer.finish(pagingState);
        UUID trace = seed % 4 == 0 ? samples.uuid() : null;
        ResponseWriter.end(out, start, trace, List.of("late"), null);
        assertThat(out.readInt()).isEqualTo(42);

        ByteBuf again = out.copy();
        ResponseEnvelope back = ResponseCodec.decode(onlyEnvelope(out));
        out.release();
        assertSamePacked(back, ResponseCodec.decodePacked(onlyEnvelope(again)), "seed " + seed);
        again.release();
        Result.Rows result = (Result.Rows) back.message();
        assertThat(back.tracingId()).isEqualTo(trace);
        assertThat(back.warnings().isEmpty()).isEqualTo(version == ProtocolVersion.V3);
        assertThat(result.metadata()).as("seed %d", seed).isEqualTo(describe ? metadata : null);
        assertThat(result.pagingState()).isEqualTo(pagingState);
        assertThat(result.changedMetadataId()).isEqualTo(changed);
        assertThat(result.rows().size()).isEqualTo(rows.size());
        for (int i = 0; i < rows.size(); i++) {
          assertThat(Arrays.deepEquals(result.rows().get(i), rows.get(i))).isTrue();
        }
      }
    }
  }

  @Test
  void valuesKeepWhatIsNullAndUnset() {
    BoundValues values =
        BoundValues.of(Arrays.asList(new byte[] {1, 2}, null, Values.UNSET, new byte[0]));
    ByteBuf bytes = Unpooled.buffer();
    values.write(bytes);
    BoundValues back = BoundValues.read(bytes, ProtocolVersion.V4, false);
    assertThat(back).isEqualTo(values);
    assertThat(back.get(0)).containsExactly(1, 2);
    assertThat(back.isNull(1)).isTrue();
    assertThat(back.get(1)).isNull();
    assertThat(back.isUnset(2)).isTrue();
    assertThat(back.get(2)).isSameAs(Values.UNSET);
    assertThat(back.get(3)).isEmpty();
    assertThat(back.get(3)).isNotSameAs(Values.UNSET);
  }

  @Test
  void olderVersionsAreToldTheNearestErrorTheyKnow() {
    ErrorDetails.Failures failures = new ErrorDetails.Failures(1, Map.of());
    Response.Error readFailure =
        new Response.Error(
            ErrorCode.READ_FAILURE,
            "m",
            new ErrorDetails.ReadFailure(Consistency.ONE, 0, 1, failures, true));
    assertThat(throughWire(readFailure, ProtocolVersion.V3))
        .isEqualTo(
            new Response.Error(
                ErrorCode.READ_TIMEOUT,
                "Operation timed out - received only 0 responses.",
                new ErrorDetails.ReadTimeout(Consistency.ONE, 0, 1, true)));
    Response.Error unknown =
        new Response.Error(
            ErrorCode.CAS_WRITE_UNKNOWN,
            "m",
            new ErrorDetails.CasWriteUnknown(Consistency.SERIAL, 0, 1));
    assertThat(throughWire(unknown, ProtocolVersion.V4))
        .isEqualTo(
            new Response.Error(
                ErrorCode.WRITE_TIMEOUT,
                "Operation timed out - received only 0 responses.",
                new ErrorDetails.WriteTimeout(Consistency.SERIAL, 0, 1, WriteType.CAS, 0)));
    ErrorDetails contended =
        new ErrorDetails.WriteTimeout(Consistency.SERIAL, 1, 2, WriteType.CAS, 3);
    Response.Error timeout =
        new Response.Error(ErrorCode.WRITE_TIMEOUT, "CAS operation timed out", contended);
    assertThat(throughWire(timeout, ProtocolVersion.V5)).isEqualTo(timeout);
    assertThat(throughWire(timeout, ProtocolVersion.V4))
        .isEqualTo(
            new Response.Error(
                ErrorCode.WRITE_TIMEOUT,
                "Operation timed out - received only 1 responses.",
                new ErrorDetails.WriteTimeout(Consistency.SERIAL, 1, 2, WriteType.CAS, 0)));
    Response.Error function =
        new Response.Error(
            ErrorCode.FUNCTION_FAILURE, "m", new ErrorDetails.FunctionFailure("k", "f", List.of()));
    assertThat(throughWire(function, ProtocolVersion.V3))
        .isEqualTo(new Response.Error(ErrorCode.INVALID, "m"));
  }

  private static Response throughWire(Response response, ProtocolVersion version) {
    ByteBuf bytes = Unpooled.buffer();
    ResponseCodec.encode(new ResponseEnvelope(version, 0, response), bytes);
    return ResponseCodec.decode(onlyEnvelope(bytes)).message();
  }

  @Test
  void longMessagesAreCutBetweenCharacters() {
    Response.Error error = new Response.Error(ErrorCode.INVALID, "語".repeat(40_000));
    Response.Error back = (Response.Error) throughWire(error, ProtocolVersion.V4);
    assertThat(back.message()).isEqualTo("語".repeat(21_845));
  }

  @Test
  void theRefusalIsTheTextThatDriversLookFor() {
    assertThatThrownBy(() -> ProtocolVersion.of(66))
        .hasMessage(
            "Invalid or unsupported protocol version (66);"
                + " supported versions are (3/v3, 4/v4, 5/v5)");
  }

  @Test
  void typesOfCql() {
    String marshal = "org.apache.cassandra.db.marshal.";
    CqlType map =
        TypeParser.parseClassName(
            marshal + "MapType(" + marshal + "Int32Type," + marshal + "DurationType)");
    assertThat(ColumnType.of(map))
        .isEqualTo(
            new ColumnType.MapOf(
                new ColumnType.Native(0x09), new ColumnType.Native(ColumnType.DURATION)));
    String vector = marshal + "VectorType(" + marshal + "FloatType, 3)";
    assertThat(((ColumnType.Custom) ColumnType.of(TypeParser.parseClassName(vector))).className())
        .startsWith(marshal + "VectorType(" + marshal + "FloatType");
    CqlType udt = new UserType("ks", "u", List.of("a"), List.of(NativeType.TEXT), false);
    assertThat(ColumnType.of(udt))
        .isEqualTo(
            new ColumnType.UserDefined(
                "ks", "u", List.of("a"), List.of(new ColumnType.Native(0x0D))));
  }

  @Test
  void deeplyNestedTypesAreRefused() {
    ByteBuf bytes = Unpooled.buffer();
    for (int i = 0; i < 100_000; i++) {
      bytes.writeShort(0x20);
    }
    assertThatThrownBy(() -> ColumnType.read(bytes)).isInstanceOf(ProtocolException.class);
  }
}

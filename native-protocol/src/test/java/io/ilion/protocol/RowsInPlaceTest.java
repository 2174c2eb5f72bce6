package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowsInPlaceTest {
  private static final int HEADER = EnvelopeHeader.LENGTH;

  private final RowsInPlace rows = new RowsInPlace();

  private static Result.Rows random(SplittableRandom random) {
    int columns = random.nextInt(1, 6);
    List<byte[][]> values = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      byte[][] row = new byte[columns][];
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextInt(4) == 0 ? null : new byte[random.nextInt(20)];
        if (row[c] != null) {
          random.nextBytes(row[c]);
        }
      }
      values.add(row);
    }
    return new Result.Rows(null, columns, null, null, values);
  }

  private static byte[] bytes(Response response) {
    ByteBuf out = Unpooled.buffer();
    ResponseCodec.encode(new ResponseEnvelope(ProtocolVersion.V5, 1, response), out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  private static Envelope envelope(byte[] bytes, int bodyLength) {
    EnvelopeHeader header =
        new EnvelopeHeader(ProtocolVersion.V5, true, bytes[1], 1, bytes[4], bodyLength);
    // What lies behind belongs to the next answer.
    return new Envelope(header, Unpooled.wrappedBuffer(bytes).slice(HEADER, bodyLength));
  }

  private List<List<String>> read() {
    List<List<String>> found = new ArrayList<>();
    while (rows.next()) {
      List<String> row = new ArrayList<>();
      for (int c = 0; c < rows.columnCount(); c++) {
        int length = rows.length(c);
        byte[] cell = new byte[Math.max(0, length)];
        if (length > 0) {
          rows.copy(c, cell, 0);
        }
        row.add(length < 0 ? "null" : Arrays.toString(cell));
      }
      found.add(row);
    }
    return found;
  }

  private static List<List<String>> texts(List<byte[][]> values) {
    return values.stream()
        .map(row -> Arrays.stream(row).map(c -> c == null ? "null" : Arrays.toString(c)).toList())
        .toList();
  }

  @Test
  void rowsAreReadAsTheyCame() {
    long seed = 20261122;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      Result.Rows given = random(random);
      byte[] bytes = bytes(given);
      Envelope envelope = envelope(bytes, bytes.length - HEADER);
      assertThat(rows.wrap(envelope)).as("seed %d", seed).isTrue();
      assertThat(rows.rowCount()).isEqualTo(given.rows().size());
      assertThat(read()).as("seed %d", seed).isEqualTo(texts(given.rows()));
      rows.wrap((PackedRows) ResponseCodec.decodePacked(envelope).message());
      assertThat(read()).as("seed %d", seed).isEqualTo(texts(given.rows()));
    }
  }

  @Test
  void whatIsCutOffOrDamagedIsRefusedAndNothingElseIsRead() {
    long seed = 4;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = bytes(random(random));
      int length = bytes.length - HEADER;
      if (random.nextBoolean()) {
        length = random.nextInt(length + 1);
      } else {
        bytes[HEADER + random.nextInt(length)] = (byte) random.nextInt();
      }
      try {
        if (rows.wrap(envelope(bytes, length))) {
          read();
        }
      } catch (ProtocolException e) {
        assertThat(e.isFatal()).as("seed %d", seed).isFalse();
      }
    }
  }

  @Test
  void whatHasMoreToTellIsLeftToOthers() {
    assertThat(wraps(new Result.Void())).isTrue();
    assertThat(rows.next()).isFalse();
    assertThat(wraps(new Result.SetKeyspace("ks"))).isFalse();
    assertThat(wraps(new Response.Ready())).isFalse();
    assertThat(wraps(new Result.Rows(null, 1, null, new byte[] {1}, List.of()))).isFalse();
    assertThat(wraps(new Result.Rows(RowsMetadata.EMPTY, 0, null, null, List.of()))).isFalse();
  }

  private boolean wraps(Response response) {
    byte[] bytes = bytes(response);
    return rows.wrap(envelope(bytes, bytes.length - HEADER));
  }
}

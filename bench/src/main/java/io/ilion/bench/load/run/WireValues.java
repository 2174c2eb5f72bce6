package io.ilion.bench.load.run;

import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Generator;
import io.ilion.bench.load.generate.Stamps;
import io.ilion.driver.PreparedStatement;
import io.ilion.model.type.CqlType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes values that are numbers and texts without an object for each: what is drawn is written at
 * once as it goes over the wire. Safe for many threads, each with an output of its own.
 */
final class WireValues {
  private static final int LENGTH_BYTES = 4;
  private static final int FIRST_BYTES = 64;
  private static final int NULL = -1;

  private final Marker[] markers;

  /** Writes the value of a marker. */
  private interface Marker {
    void write(Draw draw, Out out);
  }

  private WireValues(Marker[] markers) {
    this.markers = markers;
  }

  /** For a statement, or null if one of its values is of another kind. */
  static WireValues of(PreparedStatement prepared, Generator[] values) {
    Marker[] markers = new Marker[values.length];
    for (int i = 0; i < values.length; i++) {
      markers[i] = marker(prepared.variables().type(i), values[i]);
      if (markers[i] == null) {
        return null;
      }
    }
    return new WireValues(markers);
  }

  private static Marker marker(CqlType type, Generator value) {
    return switch (type.kind()) {
      case BIGINT, COUNTER ->
          value instanceof Generator.OfNumbers number
              ? (draw, out) -> out.putLong(number.number(draw))
              : null;
      case INT ->
          value instanceof Generator.OfNumbers number
              ? (draw, out) -> out.putInt(Math.toIntExact(number.number(draw)))
              : null;
      case TEXT ->
          value instanceof Stamps stamps
              ? (draw, out) -> {
                int at = out.take(stamps.length());
                stamps.write(draw, out.bytes, at);
              }
              : (draw, out) -> out.putText(value.value(draw));
      default -> null;
    };
  }

  /** Writes the values of a draw, in place of those that were written before. */
  void write(Draw draw, Out out) {
    out.length = 0;
    for (Marker marker : markers) {
      marker.write(draw, out);
    }
  }

  /** Values one after the other, each behind its length; used again and again. */
  static final class Out {
    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    byte[] bytes() {
      return bytes;
    }

    int length() {
      return length;
    }

    /** Says the length of the next value; the place where it goes. */
    int take(int valueLength) {
      int start = length + LENGTH_BYTES;
      int end = start + valueLength;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      int32(length, valueLength);
      length = end;
      return start;
    }

    private void int32(int at, int number) {
      bytes[at] = (byte) (number >>> 24);
      bytes[at + 1] = (byte) (number >>> 16);
      bytes[at + 2] = (byte) (number >>> 8);
      bytes[at + 3] = (byte) number;
    }

    void putInt(int number) {
      int32(take(Integer.BYTES), number);
    }

    void putLong(long number) {
      int at = take(Long.BYTES);
      int32(at, (int) (number >>> 32));
      int32(at + 4, (int) number);
    }

    void putText(Object value) {
      if (value == null) {
        int at = take(0) - LENGTH_BYTES;
        int32(at, NULL);
        return;
      }
      byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
      int at = take(text.length);
      System.arraycopy(text, 0, bytes, at, text.length);
    }
  }
}

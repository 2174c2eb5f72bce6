package io.ilion.bench.load.run;

import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Generator;
import io.ilion.bench.load.generate.Stamps;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.PreparedStatement;
import io.ilion.model.type.CqlType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Binds statements whose values are numbers and texts without an object for each: what is drawn is
 * written at once as it goes over the wire. Safe for many threads.
 */
final class WireValues {
  private static final int LENGTH_BYTES = 4;
  private static final int FIRST_BYTES = 64;
  private static final int NULL = -1;

  private final PreparedStatement prepared;
  private final Marker[] markers;

  /** As long as the longest so far, so that arrays seldom grow. */
  private volatile int expected = FIRST_BYTES;

  /** Writes the value of a marker. */
  private interface Marker {
    void write(Draw draw, Out out);
  }

  private WireValues(PreparedStatement prepared, Marker[] markers) {
    this.prepared = prepared;
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
    return new WireValues(prepared, markers);
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

  /** The statement with the values of a draw. */
  BoundStatement bind(Draw draw) {
    Out out = new Out(expected);
    for (Marker marker : markers) {
      marker.write(draw, out);
    }
    if (out.length > expected) {
      expected = out.length;
    }
    return prepared.bindEncoded(out.bytes, 0, out.length);
  }

  /** Values one after the other, each behind its length. */
  private static final class Out {
    private byte[] bytes;
    private int length;

    Out(int expected) {
      bytes = new byte[expected];
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

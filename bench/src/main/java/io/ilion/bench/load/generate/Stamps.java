package io.ilion.bench.load.generate;

/** Gives stamps; known by its class, so that a statement knows that it writes one. */
public final class Stamps implements Generator {
  private final int length;

  Stamps(int length) {
    this.length = length;
  }

  @Override
  public Object value(Draw draw) {
    return Stamp.of(draw.key(), draw.version(), length);
  }

  /** How many characters, each one byte, each has. */
  public int length() {
    return length;
  }

  /** Writes the value at a place of an array. */
  public void write(Draw draw, byte[] into, int at) {
    Stamp.write(into, at, length, draw.key(), draw.version());
  }
}

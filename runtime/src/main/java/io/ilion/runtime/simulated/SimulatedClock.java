package io.ilion.runtime.simulated;

import io.ilion.runtime.Clock;

/**
 * A node's time: the world's, but too fast or too slow, and its wall clock may jump. It stands
 * still within a task, so that no task of the node sees more than one that begins later.
 */
public final class SimulatedClock implements Clock {
  /** The wall-clock time of a world's beginning in microseconds: September 2001. */
  public static final long EPOCH_MICROS = 1_000_000_000_000_000L;

  private final SimulatedWorld world;
  private long rateSinceNanos;
  private long atRateChange;
  private double rate = 1;
  private long offsetMicros;

  SimulatedClock(SimulatedWorld world) {
    this.world = world;
  }

  /**
   * From now on lets this clock gain so many parts of a million, or lose them if negative.
   *
   * @param partsPerMillion greater than -1,000,000
   */
  public void setDrift(int partsPerMillion) {
    if (partsPerMillion <= -1_000_000) {
      throw new IllegalArgumentException("time does not go backwards");
    }
    atRateChange = nanoTime();
    rateSinceNanos = world.begun();
    rate = 1 + partsPerMillion / 1e6;
  }

  /** Sets the wall clock forwards or backwards; monotonic time does not notice. */
  public void jump(long micros) {
    offsetMicros += micros;
  }

  /** How much of the world's time passes while this clock advances by a duration. */
  long worldNanos(long nanos) {
    return (long) Math.ceil(nanos / rate);
  }

  @Override
  public long nanoTime() {
    return atRateChange + (long) ((world.begun() - rateSinceNanos) * rate);
  }

  @Override
  public long wallMicros() {
    return EPOCH_MICROS + offsetMicros + nanoTime() / 1_000;
  }
}

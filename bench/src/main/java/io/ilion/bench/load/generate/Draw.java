package io.ilion.bench.load.generate;

/**
 * What the values of one operation are drawn from. One for each thread that makes operations, used
 * again for each of them.
 */
public final class Draw {
  private long cycle;
  private long key;
  private long version;

  /** The next operation. */
  public Draw of(long newCycle) {
    cycle = newCycle;
    key = 0;
    version = 0;
    return this;
  }

  /** Which record the operation concerns. */
  public void key(long number) {
    key = number;
  }

  /** What a stamp will tell of when it was written: a timestamp in microseconds. */
  public void version(long micros) {
    version = micros;
  }

  /** The number of the operation; the same number gives the same values. */
  public long cycle() {
    return cycle;
  }

  /** The number of the record that the operation concerns. */
  public long key() {
    return key;
  }

  /** The version to write. */
  public long version() {
    return version;
  }
}

package io.ilion.server.metrics;

/** How often something happens, averaged over about a minute, the last seconds weighing most. */
final class Rate {
  static final int TICK_SECONDS = 5;
  private static final double WEIGHT = 1 - Math.exp(-TICK_SECONDS / 60.0);

  private long last;
  private boolean begun;
  private volatile double perSecond;

  double perSecond() {
    return perSecond;
  }

  void tick(long count) {
    double now = (count - last) / (double) TICK_SECONDS;
    perSecond = begun ? perSecond + WEIGHT * (now - perSecond) : now;
    begun = true;
    last = count;
  }
}

package io.ilion.runtime.simulated;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator.SplittableGenerator;

/** The one source of chance in a world. The same seed gives the same draws. */
public final class SimulatedRandom {
  private final SplittableRandom random;

  /** Draws that a seed decides. */
  public SimulatedRandom(long seed) {
    this(new SplittableRandom(seed));
  }

  private SimulatedRandom(SplittableRandom random) {
    this.random = random;
  }

  /** A number in {@code [0, bound)}. */
  public int below(int bound) {
    return random.nextInt(bound);
  }

  /** A number in {@code [least, most]}. */
  public long between(long least, long most) {
    return least >= most ? least : random.nextLong(least, most + 1);
  }

  /** True with a probability. */
  public boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  /** True one time of so many. */
  public boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /** 64 random bits. */
  public long bits() {
    return random.nextLong();
  }

  /** A source of its own for somebody, so that draws there do not disturb those here. */
  public SimulatedRandom split() {
    return new SimulatedRandom(random.split());
  }

  /** A source for a node's logic. */
  public SplittableGenerator generator() {
    return random.split();
  }
}

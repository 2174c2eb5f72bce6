package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A seeded source of choices. */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed) {
    // Neighbouring seeds of a SplittableRandom are as good as any others.
    this.random = new SplittableRandom(seed);
  }

  /** A number from 0 up to, but not including, {@code bound}. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** A number between two others, both included. */
  int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  /** True in {@code percent} of a hundred calls. */
  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** One of some, each as probable as the others. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  final <T> T of(T... some) {
    return some[random.nextInt(some.length)];
  }

  /** One element of a list that is not empty. */
  <T> T of(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** Between {@code least} and {@code most} different elements, in random order. */
  <T> List<T> several(List<T> from, int least, int most) {
    List<T> shuffled = shuffled(from);
    int count = Math.min(shuffled.size(), between(least, most));
    return shuffled.subList(0, count);
  }

  /** The elements in random order. */
  <T> List<T> shuffled(List<T> from) {
    List<T> copy = new ArrayList<>(from);
    for (int i = copy.size() - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      T kept = copy.get(i);
      copy.set(i, copy.get(other));
      copy.set(other, kept);
    }
    return copy;
  }
}

package io.ilion.runtime.system;

import java.security.SecureRandom;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;

/** The randomness of a real node. */
public final class SystemRandom {
  private SystemRandom() {}

  /** A generator with a seed that nobody can guess. */
  public static SplittableGenerator create() {
    return (SplittableGenerator)
        RandomGeneratorFactory.of("L64X128MixRandom").create(new SecureRandom().nextLong());
  }
}

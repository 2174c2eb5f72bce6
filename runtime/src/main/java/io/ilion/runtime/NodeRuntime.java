package io.ilion.runtime;

import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * The seams between a node's logic and the world. Only the assembly of a node sees it whole;
 * components take just the seams that they use.
 *
 * @param clock the node's time
 * @param scheduler its lanes and pools
 * @param network its way to other nodes
 * @param files its disks
 * @param random its source of randomness; each component splits off its own once, so that a new
 *     draw in one does not disturb another
 * @param isReplayable whether a run has to be the same again from the same seed, on one thread: no
 *     library may then be used that draws at random by itself
 */
public record NodeRuntime(
    Clock clock,
    Scheduler scheduler,
    Network network,
    Files files,
    SplittableGenerator random,
    boolean isReplayable) {}

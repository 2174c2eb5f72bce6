/**
 * Whole clusters of production code on one thread: virtual time, faults from a seed, workloads that
 * know what may be answered, and checks that say what was lost.
 */
package io.ilion.simulator;

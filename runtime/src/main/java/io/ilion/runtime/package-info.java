/**
 * The seams between a node's logic and the world: time, lanes, files, randomness. Logic takes them
 * as arguments; {@code io.ilion.runtime.system} puts the operating system behind them, {@code
 * io.ilion.runtime.simulated} one event queue.
 */
package io.ilion.runtime;

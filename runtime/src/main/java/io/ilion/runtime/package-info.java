/**
 * The seams between a node's logic and the world: time, lanes, network, files, randomness. {@link
 * io.ilion.runtime.NodeRuntime} holds them all, and logic takes those that it needs as arguments;
 * {@code io.ilion.runtime.system} puts the operating system behind them, {@code
 * io.ilion.runtime.simulated} one event queue.
 */
package io.ilion.runtime;

/**
 * The world as one queue of events: virtual time, lanes, pools, disks that lose what was not
 * synced, and a network that loses, delays, repeats and reorders. Everything runs on the calling
 * thread, and every choice comes from one seed, so that a run can be repeated exactly. {@link
 * io.ilion.runtime.simulated.SimulatedWorld} is where to begin.
 */
package io.ilion.runtime.simulated;

/** Checks of what clients of a simulated cluster saw. */
package io.ilion.runtime.simulated.check;

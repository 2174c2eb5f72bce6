/** Reads: from the rows that lanes give to the rows of a result. */
package io.ilion.coordinator.read;

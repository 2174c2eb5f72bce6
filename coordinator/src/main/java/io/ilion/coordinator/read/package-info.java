/**
 * Reads: from the rows that lanes, or replicas, give to the rows of a result. {@link
 * io.ilion.coordinator.read.Reader} is where they begin.
 */
package io.ilion.coordinator.read;

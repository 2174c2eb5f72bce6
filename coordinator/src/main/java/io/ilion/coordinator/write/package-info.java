/**
 * Writes: updates sent to the lanes that own them, conditional and counter updates decided there,
 * or by all replicas. {@link io.ilion.coordinator.write.Writer} is where they begin.
 */
package io.ilion.coordinator.write;

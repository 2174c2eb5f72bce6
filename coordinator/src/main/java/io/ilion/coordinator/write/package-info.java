/**
 * Writes: updates sent to the lanes that own them, conditional and counter updates decided there.
 */
package io.ilion.coordinator.write;

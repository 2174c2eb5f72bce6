/**
 * Anti-entropy: replicas compare hash trees (R. Merkle, 1979) of what they have of a range, and
 * exchange what lies in the leaves that differ.
 */
package io.ilion.coordinator.repair;

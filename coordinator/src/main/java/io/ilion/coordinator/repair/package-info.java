/**
 * Anti-entropy: replicas compare hash trees (R. Merkle, 1979) of what they have of a range, and
 * exchange what lies in the leaves that differ. {@link io.ilion.coordinator.repair.RepairRun} does
 * so for a table, {@link io.ilion.coordinator.repair.RepairSchedule} has it done from time to time,
 * and {@link io.ilion.coordinator.repair.RepairedRanges} knows what may be purged since.
 */
package io.ilion.coordinator.repair;

/**
 * Clusters of real processes under load from real drivers, while processes are killed and stopped,
 * links are cut and slow, disks are full and nodes are restarted in turn. What clients do, and what
 * must hold of the answers, is what the simulator has.
 */
package io.ilion.conformance.chaos;

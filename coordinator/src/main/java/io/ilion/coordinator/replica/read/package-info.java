/**
 * Reads from replicas: what they are asked, what they answer ({@link
 * io.ilion.coordinator.replica.read.ReadService}), and how answers become one ({@link
 * io.ilion.coordinator.replica.read.ReplicaReads}).
 */
package io.ilion.coordinator.replica.read;

/**
 * What keeps a partition on several nodes: how many of them a consistency level asks for, writes
 * that go to all of them ({@link io.ilion.coordinator.replica.ReplicaWriter}), and what a replica
 * does with the writes of others ({@link io.ilion.coordinator.replica.ReplicaMutations}).
 */
package io.ilion.coordinator.replica;

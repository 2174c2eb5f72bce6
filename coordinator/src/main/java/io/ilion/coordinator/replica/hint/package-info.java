/**
 * Hints: updates that a replica could not take, kept on this node's disk until it can. {@link
 * io.ilion.coordinator.replica.hint.Hints} is the service, {@link
 * io.ilion.coordinator.replica.hint.HintStore} what is on disk.
 */
package io.ilion.coordinator.replica.hint;

/**
 * The batchlog: makes logged batches over several partitions atomic. {@link
 * io.ilion.coordinator.batch.Batchlog} is the protocol, {@link
 * io.ilion.coordinator.batch.BatchStore} where its entries are kept.
 */
package io.ilion.coordinator.batch;

/** Executes plans: reads, writes, batches and conditional updates over the lanes of the node. */
package io.ilion.coordinator;

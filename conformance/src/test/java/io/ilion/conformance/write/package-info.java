/**
 * Writes of one node under concurrency, {@code kill -9} and limits: what was acknowledged is there,
 * batches are whole, conditional updates are linearizable, counters count.
 */
package io.ilion.conformance.write;

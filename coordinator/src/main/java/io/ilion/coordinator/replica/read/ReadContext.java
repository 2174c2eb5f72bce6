package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.MemoryShare;
import io.ilion.model.Consistency;
import io.ilion.model.schema.TableDefinition;
import java.util.function.BooleanSupplier;

/**
 * What all requests to replicas for one page of one statement have in common.
 *
 * @param deadlineNanos by the node's monotonic clock; who has not answered then has failed
 * @param abandoned whether nobody waits for the page any more
 * @param progress told how far the read is
 * @param memory of results, where what is known to be a part of the page is counted
 */
public record ReadContext(
    TableDefinition table,
    Consistency level,
    long nowSeconds,
    long deadlineNanos,
    BooleanSupplier abandoned,
    ReadProgress progress,
    MemoryShare memory) {}

package io.ilion.driver.internal;

import io.ilion.driver.AddressTranslator;
import io.ilion.driver.DriverMetrics;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.policy.ReconnectionPolicy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How a cluster is found and watched.
 *
 * @param contactPoints whom to ask first
 * @param keyspace what connections use, or null
 * @param connectionsPerNode how many to nodes without shards
 * @param controlTimeout how long a question about the cluster may take
 * @param agreementTimeout how long the nodes may take to agree on a schema
 * @param schemaDelay how long events of the schema and of nodes are gathered
 */
public record ClusterSettings(
    List<InetSocketAddress> contactPoints,
    String keyspace,
    int connectionsPerNode,
    Duration controlTimeout,
    Duration agreementTimeout,
    Duration schemaDelay,
    boolean schemaEnabled,
    ReconnectionPolicy reconnection,
    AddressTranslator translator,
    DriverMetrics metrics,
    List<MetadataListener> listeners) {}

/**
 * What the cluster has agreed on: schema, nodes, tokens, in one replicated log with epochs; and the
 * agreement itself. {@link io.ilion.gossip.metadata.MetadataService} is what others see, {@link
 * io.ilion.gossip.metadata.ClusterMetadata} what is agreed on; {@code Raft} is the algorithm.
 */
package io.ilion.gossip.metadata;

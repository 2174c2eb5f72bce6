/**
 * What a node knows of its cluster: who belongs to it, who is alive, who replicates what. {@link
 * io.ilion.gossip.ClusterView} is what others see of it, {@link io.ilion.gossip.Gossiper} finds out
 * who is alive.
 */
package io.ilion.gossip;

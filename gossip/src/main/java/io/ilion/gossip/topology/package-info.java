/**
 * How the ring changes: which tokens a node gets ({@link io.ilion.gossip.topology.TokenAllocator}),
 * the steps by which nodes come and go as changes of the metadata ({@link
 * io.ilion.gossip.topology.Topology}), and who takes these steps ({@link
 * io.ilion.gossip.topology.Membership}).
 */
package io.ilion.gossip.topology;

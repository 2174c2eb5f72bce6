/** How the ring changes: which tokens a node gets, and the steps by which nodes come and go. */
package io.ilion.gossip.topology;

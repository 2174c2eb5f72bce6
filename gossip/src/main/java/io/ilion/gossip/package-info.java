/** What a node knows of its cluster: who belongs to it, who is alive, who replicates what. */
package io.ilion.gossip;

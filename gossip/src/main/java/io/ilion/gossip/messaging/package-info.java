/** Requests between nodes and their answers, over the network seam. */
package io.ilion.gossip.messaging;

/**
 * Requests between nodes and their answers, over the network seam: {@link
 * io.ilion.gossip.messaging.Messenger} is what those who ask and answer see.
 */
package io.ilion.gossip.messaging;

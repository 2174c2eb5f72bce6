/**
 * What the cluster has agreed on: schema, nodes, tokens, in one replicated log with epochs; and the
 * agreement itself.
 */
package io.ilion.gossip.metadata;

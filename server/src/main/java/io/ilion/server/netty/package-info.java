/**
 * Lanes and connections on Netty, to clients, other nodes and operators: the only place of the
 * server that sees an event loop or a channel.
 */
package io.ilion.server.netty;

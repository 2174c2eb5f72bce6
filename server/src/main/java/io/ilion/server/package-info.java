/**
 * A node's face to its clients. This package holds the seam between the connections ({@code
 * io.ilion.server.connection}, {@code io.ilion.server.netty}) and whoever executes CQL: {@link
 * io.ilion.server.CqlService} receives requests as {@link io.ilion.server.Exchange}s and never sees
 * a channel.
 */
package io.ilion.server;

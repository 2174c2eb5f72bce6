/**
 * A node, assembled. {@link io.ilion.server.NodeCore} puts together what needs nothing but the
 * seams: what is on the disk ({@code NodeDisk}), the cluster ({@code NodeCluster}), other replicas
 * ({@code NodeReplicas}), the service that answers clients, and what operators ask ({@code
 * NodeAdministration}). {@link io.ilion.server.Node} gives it threads, files and sockets; a
 * simulator gives it a world of its own.
 *
 * <p>Here is also the seam between the connections of clients ({@code io.ilion.server.connection},
 * {@code io.ilion.server.netty}) and whoever executes CQL: {@link io.ilion.server.CqlService}
 * receives requests as {@link io.ilion.server.Exchange}s and never sees a channel.
 */
package io.ilion.server;

/**
 * What an operator can ask of one node, apart from CQL: each is an {@link
 * io.ilion.server.operations.Operation}, and {@link io.ilion.server.operations.Operations} has them
 * all. The HTTP port serves them, {@code ilion admin} calls them, and a simulated node has them
 * too: nothing here knows of a socket or a thread.
 */
package io.ilion.server.operations;

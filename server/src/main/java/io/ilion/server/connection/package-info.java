/**
 * What a connection to a client is, apart from its socket: the order in which messages are allowed,
 * the options that are negotiated, the events that are passed on. Nothing here sees a channel or a
 * clock.
 */
package io.ilion.server.connection;

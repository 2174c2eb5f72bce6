/**
 * Traces of single requests, for the clients that ask for them, in {@code system_traces}. While
 * nobody asks, nothing of this stands in the way of a request.
 */
package io.ilion.server.tracing;

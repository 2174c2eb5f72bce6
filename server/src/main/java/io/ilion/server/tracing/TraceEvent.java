package io.ilion.server.tracing;

import io.ilion.runtime.NodeAddress;

/**
 * Something that was done for a request under trace.
 *
 * @param source the node that did it; null for the one that keeps this
 * @param at microseconds since what is kept of the trace began
 * @param elapsed microseconds since the node that did it heard of the request
 * @param thread of that node
 */
record TraceEvent(NodeAddress source, String activity, int at, int elapsed, String thread) {}

package io.ilion.server;

/**
 * A request that has not been answered.
 *
 * @param lane of its connection
 * @param text what is asked for, cut off if it is long
 */
public record RunningRequest(int lane, long runningNanos, String text) {}

package io.ilion.server.metrics;

/**
 * Threads as they are now.
 *
 * @param active how many tasks run, or -1 if that is not known
 * @param completed how many tasks have ended, or -1 if that is not known
 */
public record Pool(String name, int active, int limit, long completed, int pending) {}

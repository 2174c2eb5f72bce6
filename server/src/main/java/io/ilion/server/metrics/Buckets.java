package io.ilion.server.metrics;

/**
 * How many values there were of each size.
 *
 * @param below how many are smaller than {@code 2^i}, for each {@code i} from 0
 * @param count of all
 * @param sum of all
 */
public record Buckets(long[] below, long count, long sum) {}

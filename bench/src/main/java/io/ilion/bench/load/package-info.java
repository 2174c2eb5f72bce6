/**
 * The load runner: drives any CQL server with a workload, at the rate that was asked for or as fast
 * as it answers, checks what it reads, and reports. {@code generate} draws values, {@code workload}
 * reads what to do, {@code run} does it, {@code report} tells of it.
 */
package io.ilion.bench.load;

package io.ilion.bench.load.workload;

import java.util.List;

/**
 * A part of a workload.
 *
 * @param cycles how many operations it has; 0 for as many as time allows
 * @param statements of which each operation executes one
 */
public record Phase(long cycles, List<StatementSpec> statements) {}

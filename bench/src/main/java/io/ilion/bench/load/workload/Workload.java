package io.ilion.bench.load.workload;

import java.util.List;
import java.util.Map;

/**
 * What a run does.
 *
 * @param name of it
 * @param description in a line
 * @param parameters with the values that hold
 * @param schema statements that make what it needs, if it is not there
 * @param records how many records there are after populating
 * @param generators named expressions
 * @param populate writes the records; null if there are none
 * @param run what is measured
 */
public record Workload(
    String name,
    String description,
    Map<String, String> parameters,
    List<String> schema,
    long records,
    Map<String, String> generators,
    Phase populate,
    Phase run) {}

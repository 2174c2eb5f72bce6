package io.ilion.driver.metadata;

import io.ilion.model.type.CqlType;
import java.util.List;

/**
 * A function or an aggregate.
 *
 * @param name its name as it is
 * @param argumentTypes the types of its arguments
 * @param returnType the type of its result
 * @param language of a function what its body is written in; null for aggregates
 * @param body of a function its body; null for aggregates
 */
public record FunctionMetadata(
    String name, List<CqlType> argumentTypes, CqlType returnType, String language, String body) {}

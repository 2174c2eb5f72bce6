package io.ilion.cql.ast;

/** A CQL statement, parsed and not yet resolved. */
public sealed interface Statement
    permits Select,
        Explain,
        Modification,
        Batch,
        Use,
        Truncate,
        SchemaStatement,
        RoleStatement,
        Describe {}

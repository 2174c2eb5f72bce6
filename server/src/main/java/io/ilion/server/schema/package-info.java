/**
 * The schema of a node: {@link io.ilion.server.schema.SchemaStore} follows what the cluster has
 * agreed on, {@link io.ilion.server.schema.SchemaChanges} has it agree on more.
 */
package io.ilion.server.schema;

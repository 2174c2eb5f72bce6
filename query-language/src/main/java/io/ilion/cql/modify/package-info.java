/**
 * Plans of the statements that write: INSERT, UPDATE, DELETE. A {@link
 * io.ilion.cql.modify.ModificationPlan} is made once for a statement and a schema; bound to the
 * values of one execution it names the partitions and rows that it changes, the rows that it has to
 * read first, and adds its changes to an {@link io.ilion.cql.modify.UpdateBuffer}.
 */
package io.ilion.cql.modify;

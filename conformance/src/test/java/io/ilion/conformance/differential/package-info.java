/**
 * Random schemas, data and questions, put to a node of ours and to Apache Cassandra at once: {@link
 * io.ilion.conformance.differential.DifferentialTest} has the command.
 */
package io.ilion.conformance.differential;

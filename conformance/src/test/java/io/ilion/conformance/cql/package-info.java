/**
 * Text files of CQL statements with Apache Cassandra's own answers, and the referee that runs them.
 *
 * <p>The referee has a wire client of its own and shares no code with the server: what both had
 * wrong in the same way, no comparison would find.
 */
package io.ilion.conformance.cql;

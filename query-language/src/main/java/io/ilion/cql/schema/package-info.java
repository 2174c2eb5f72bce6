/** Schema statements applied: from one schema to the next, with Cassandra's rules and messages. */
package io.ilion.cql.schema;

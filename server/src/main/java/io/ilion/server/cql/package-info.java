/**
 * The CQL service: from requests to plans, and from their results to answers. {@link
 * io.ilion.server.cql.QueryProcessor} is the service; a class beside it executes each kind of
 * statement.
 */
package io.ilion.server.cql;

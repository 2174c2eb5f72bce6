/** The CQL service: from requests to plans, and from their results to answers. */
package io.ilion.server.cql;

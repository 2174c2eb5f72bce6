/** The schema of a node: kept durably, changed one statement at a time. */
package io.ilion.server.schema;

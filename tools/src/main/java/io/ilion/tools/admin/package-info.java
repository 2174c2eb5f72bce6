/**
 * {@code ilion admin}: nodetool's commands, by the HTTP port of a node; and what tables tell of any
 * server that speaks CQL.
 */
package io.ilion.tools.admin;

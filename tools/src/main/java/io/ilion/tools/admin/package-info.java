/** {@code ilion admin}: nodetool's daily commands, by the HTTP port of a node. */
package io.ilion.tools.admin;

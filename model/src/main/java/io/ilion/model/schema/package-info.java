/** Definitions of keyspaces, tables and types: immutable values, changed by making new ones. */
package io.ilion.model.schema;

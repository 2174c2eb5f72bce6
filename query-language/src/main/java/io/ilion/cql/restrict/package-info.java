/** WHERE clauses: which partitions and rows they name, and what is left to be filtered. */
package io.ilion.cql.restrict;

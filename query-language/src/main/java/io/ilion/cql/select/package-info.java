/** SELECT statements planned: what to read, what to compute of it and in which order to give it. */
package io.ilion.cql.select;

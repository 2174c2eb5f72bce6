/** The published Apache Cassandra beside ours: where it comes from, and how it is run. */
package io.ilion.tools.bench.peer;

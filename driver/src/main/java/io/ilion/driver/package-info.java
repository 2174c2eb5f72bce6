/**
 * A driver for Ilion, Apache Cassandra and ScyllaDB: everything that speaks the CQL native protocol
 * in version 3, 4 or 5. {@link io.ilion.driver.Session} is where to begin.
 */
package io.ilion.driver;

/**
 * Tests with Apache's Java driver, unmodified, against the {@link
 * io.ilion.conformance.server.ServerUnderTest server under test}. The module of ScyllaDB's driver
 * compiles and runs the same tests.
 */
package io.ilion.conformance.client;

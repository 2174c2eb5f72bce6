/**
 * Tests with DataStax's Java driver 3, unmodified, which many applications still have, against the
 * {@link io.ilion.conformance.server.ServerUnderTest server under test}.
 */
package io.ilion.conformance.client;

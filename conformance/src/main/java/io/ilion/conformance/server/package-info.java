/**
 * The server that the tests of this module and of the driver modules below it talk to: a real
 * process of ours, or whatever listens at {@code -Dilion.target=HOST:PORT}.
 */
package io.ilion.conformance.server;

/** Counts and times what a session of the driver does, for code and for Prometheus. */
package io.ilion.metrics;

/** Clusters of processes that are disturbed under the load of our own driver. */
package io.ilion.conformance.chaos;

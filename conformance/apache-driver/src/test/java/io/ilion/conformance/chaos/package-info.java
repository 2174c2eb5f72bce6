/** Clusters of processes that are disturbed under the load of Apache's driver. */
package io.ilion.conformance.chaos;

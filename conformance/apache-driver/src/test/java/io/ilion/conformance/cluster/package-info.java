/** Clusters of real processes, through Apache's driver. */
package io.ilion.conformance.cluster;

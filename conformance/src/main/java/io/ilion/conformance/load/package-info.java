/** A load that measures what a driver costs its own process, the same for each driver. */
package io.ilion.conformance.load;

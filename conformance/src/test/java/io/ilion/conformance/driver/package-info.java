/** Our own driver against a server: a node of ours, or what {@code -Dilion.target} names. */
package io.ilion.conformance.driver;

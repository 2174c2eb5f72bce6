/** Clients of other languages, as processes that run the scripts under {@code clients/}. */
package io.ilion.conformance.client;

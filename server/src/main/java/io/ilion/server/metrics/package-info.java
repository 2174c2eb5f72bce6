/** What a node counts of the requests that it serves. */
package io.ilion.server.metrics;

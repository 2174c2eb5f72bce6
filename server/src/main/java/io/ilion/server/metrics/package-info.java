/**
 * What a node counts and measures of its requests and its process, and the text in which it tells
 * of that.
 */
package io.ilion.server.metrics;
